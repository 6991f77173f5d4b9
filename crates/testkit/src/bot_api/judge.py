"""Judges Bot API requests by aiogram's types: reads recorded calls as JSON, prints one violation a line."""

import json
import sys

from aiogram import methods
from aiogram.methods.base import TelegramMethod
from aiogram.types import BufferedInputFile
from pydantic import BaseModel, ValidationError

METHODS = {
    item.__api_method__.lower(): item
    for item in vars(methods).values()
    if isinstance(item, type) and issubclass(item, TelegramMethod) and item is not TelegramMethod
}


def is_upload(value):
    return isinstance(value, dict) and set(value) == {"upload", "bytes"}


def parameters(error):
    """The parameters that a validation refused, each with its first reason: a union gives one for each type."""
    reasons = {}
    for problem in error.errors():
        reasons.setdefault(str(problem["loc"][0]), problem["msg"])
    return reasons


def read(method, values):
    """Reads a request. A parameter of a form is text: where a text is refused, the JSON in it counts."""
    try:
        return method.model_validate(values)
    except ValidationError as error:
        decoded = dict(values)
        for name in parameters(error):
            if isinstance(values.get(name), str):
                try:
                    decoded[name] = json.loads(values[name])
                except ValueError:
                    pass
        return method.model_validate(decoded)


def unknown_fields(value, path):
    """Fields that no type has, at any depth."""
    if isinstance(value, BaseModel):
        for name in value.model_extra or {}:
            yield f"{path}.{name} does not exist"
        for name in type(value).model_fields:
            yield from unknown_fields(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from unknown_fields(item, f"{path}[{index}]")


def violations(name, given):
    method = METHODS.get(name.lower())
    if method is None:
        yield "there is no such method"
        return
    fields = {field.alias or key: field for key, field in method.model_fields.items()}
    attached = json.dumps(given)
    values = {}
    for key, value in given.items():
        if key in fields:
            values[key] = BufferedInputFile(b"-", "file") if is_upload(value) else value
        elif not (is_upload(value) and f"attach://{key}" in attached):
            yield f"{key} does not exist"
    try:
        request = read(method, values)
    except ValidationError as error:
        for name, reason in sorted(parameters(error).items()):
            yield f"{name}: {reason}"
        return
    yield from unknown_fields(request, "request")


for call in json.load(sys.stdin):
    for violation in violations(call["method"], call["params"]):
        print(f'{call["number"]} {call["method"]}: {violation}')
