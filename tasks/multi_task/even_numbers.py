"""Write the even numbers from 2 up to a bound to the shared volume."""

from part import upper_bound, write_part

write_part("even", range(2, upper_bound() + 1, 2))
