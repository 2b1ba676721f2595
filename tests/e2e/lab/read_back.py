"""Reads pairs of files, before and after an export, and says what differs besides Moat's keys.

stdin: a JSON list of {format, before, after, keys, where}; `where` is the path to the table or
section that has the keys. stdout: a list of what is wrong, an empty text where nothing is."""
import configparser
import json
import sys
import tomllib


def read(form, path):
    with open(path, "rb") as f:
        text = f.read().decode("utf-8-sig")
    if form == "toml":
        return tomllib.loads(text)
    if form == "json":
        return json.loads(text) if text.strip() else {}
    parser = configparser.RawConfigParser(strict=True, delimiters=("=",), interpolation=None)
    parser.optionxform = str
    parser.read_string(text)
    return {name: dict(parser[name]) for name in parser.sections()}


def table(tree, where):
    for part in where:
        tree = tree.setdefault(part, {})
    return tree


def judge(case):
    before, after = (read(case["format"], case[name]) for name in ("before", "after"))
    old, new = table(before, case["where"]), table(after, case["where"])
    for key, value in case["keys"].items():
        if new.pop(key, None) != value:
            return f"{key} is not {value!r}"
        old.pop(key, None)
    for key in case.get("gone", []):
        if key in new:
            return f"{key} is still there"
        old.pop(key, None)
    # As texts, because no NaN is equal to another.
    return "" if repr(before) == repr(after) else f"{before!r} became {after!r}"


def checked(case):
    try:
        return judge(case)
    except Exception as error:
        return f"{case['after']}: {error!r}"


json.dump([checked(case) for case in json.load(sys.stdin)], sys.stdout)
