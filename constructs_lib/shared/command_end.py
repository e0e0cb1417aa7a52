"""How the output of a session of ECS Exec ends: AWS's client ends with 0, whatever the exit code of the command."""

ENDED = "the command ended with exit code"


def end_line(code: int) -> str:
    """Return the last line of the output."""
    return f"{ENDED} {code}"


def exit_code(output: bytes) -> int | None:
    """Return the exit code that the last such line in *output* says; None: there is none, or it is not complete."""
    _, found, rest = output.rpartition(f"{ENDED} ".encode())
    code, end, _ = rest.replace(b"\r", b"\n").partition(b"\n")
    return int(code) if found and end and code.isdigit() else None
