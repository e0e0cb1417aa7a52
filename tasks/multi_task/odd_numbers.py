"""Write the odd numbers from 1 up to a bound to the shared volume."""

from part import upper_bound, write_part

write_part("odd", range(1, upper_bound() + 1, 2))
