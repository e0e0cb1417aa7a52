import pytest

from airflow_on_fargate.command_words import command_words
from constructs_lib.shared.bad_input import BadInputError


@pytest.mark.parametrize("words", [[], ["dags", "list"], ["variables", "set", "a", "$(x) 'y"], ["--help"]])
def test_words_stay_what_they_are(words: list[str]) -> None:
    """Words are returned unchanged."""
    assert command_words(words, "") == words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("dags list --output json", ["dags", "list", "--output", "json"]),
        ("""variables set greeting "two words" 'a "b"'""", ["variables", "set", "greeting", "two words", 'a "b"']),
        (
            "variables set a $(id);`id`|id>x # no comment",
            ["variables", "set", "a", "$(id);`id`|id>x", "#", "no", "comment"],
        ),
    ],
)
def test_a_line_is_split_at_its_spaces(line: str, words: list[str]) -> None:
    """A line is split at spaces, quotation marks group words, and nothing is evaluated."""
    assert command_words([], line) == words


def test_a_line_with_an_open_quotation_mark_is_refused() -> None:
    """A line with an open quotation mark is refused without repeating it, because it can contain a password."""
    with pytest.raises(BadInputError) as refused:
        command_words([], "variables set a 'secret")

    assert str(refused.value) == (
        'the command cannot be split into words: No closing quotation; write words such as "dags list --output json"'
    )
