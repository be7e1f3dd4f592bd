"""Templates: the subset of Handlebars by itself, and mails that are made of it."""

import json
from typing import Any

import pytest

from integrations.ses.sending.templating import RenderingError, TemplateError, read_template, render
from tests.integrations.ses.conftest import User, refused

DATA = {"name": "Ann <x>", "n": 3, "user": {"city": "Ulm"}, "list": [{"a": 1}, {"a": 2}], "texts": ["x", "y"], "no": []}
WELCOME = {"TemplateName": "welcome", "SubjectPart": "Hi {{name}}", "TextPart": "{{#each l}}{{this}};{{/each}}"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("", ""),
        ("Hi {{name}}, {{ n }}!", "Hi Ann <x>, 3!"),
        ("{{{name}}}{{! nothing }}", "Ann <x>"),
        ("{{user.city}}", "Ulm"),
        ("{{#each list}}{{a}}{{this.a}}{{n}}{{@index}} {{/each}}", "1130 2231 "),
        ("{{#each texts}}<{{this}}>{{/each}}", "<x><y>"),
        ("{{#each no}}{{x}}{{else}}none{{/each}}", "none"),
        ("{{#if no}}a{{else}}b{{/if}}{{#if user}}c{{/if}}{{#if absent}}d{{/if}}", "bc"),
        ("{{#each list}}{{#if a}}{{#each texts}}{{this}}{{/each}}{{/if}}{{/each}}", "xyxy"),
    ],
)
def test_rendering(template: str, expected: str) -> None:
    assert render(read_template(template), DATA) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{{",
        "{{#if a}}",
        "{{/if}}",
        "{{#if a}}{{/each}}",
        "{{else}}",
        "{{a b}}",
        "{{}}",
        "{{#with a}}{{/with}}",
        "{{> part}}",
        "{{#if a}}{{else}}{{else}}{{/if}}",
        "{{#if a}}" * 30 + "{{/if}}" * 30,
    ],
)
def test_templates_that_cannot_be_read(template: str) -> None:
    with pytest.raises(TemplateError):
        read_template(template)


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{{absent}}", "absent"),
        ("{{user.absent}}", "user.absent"),
        ("{{#each absent}}{{/each}}", "absent"),
        ("{{@index}}", "@index"),
        ("{{#each l}}{{#each l}}{{#each l}}{{this}}{{/each}}{{/each}}{{/each}}", None),
    ],
)
def test_data_that_cannot_be_rendered(template: str, name: str | None) -> None:
    with pytest.raises(RenderingError) as error:
        render(read_template(template), {**DATA, "l": [1] * 100})
    assert error.value.name == name


def test_the_life_of_a_template(ses: Any, ses2: Any) -> None:
    ses.create_template(Template=WELCOME)
    assert refused(ses.create_template, Template=WELCOME) == ("AlreadyExists", "Template welcome already exists")
    assert ses.get_template(TemplateName="welcome")["Template"] == WELCOME
    ses2.update_email_template(TemplateName="welcome", TemplateContent={"Subject": "S", "Html": "<p>"})
    assert ses2.get_email_template(TemplateName="welcome")["TemplateContent"] == {"Subject": "S", "Html": "<p>"}
    ses2.create_email_template(TemplateName="a", TemplateContent={"Subject": "S"})
    page = ses.list_templates(MaxItems=1)
    assert [one["Name"] for one in page["TemplatesMetadata"]] == ["a"]
    rest = ses2.list_email_templates(NextToken=page["NextToken"])["TemplatesMetadata"]
    assert [one["TemplateName"] for one in rest] == ["welcome"]
    ses2.delete_email_template(TemplateName="a")
    assert refused(ses2.delete_email_template, TemplateName="a") == ("NotFoundException", "Template a does not exist")
    ses.delete_template(TemplateName="a")
    assert refused(ses.get_template, TemplateName="a") == ("TemplateDoesNotExist", "Template a does not exist")
    assert refused(ses.update_template, Template={**WELCOME, "TemplateName": "a"})[0] == "TemplateDoesNotExist"


@pytest.mark.parametrize("changes", [{"TextPart": "{{#if x}}"}, {"HtmlPart": "x" * 600_000}])
def test_templates_that_are_refused(ses: Any, changes: dict[str, str]) -> None:
    assert refused(ses.create_template, Template={**WELCOME, **changes})[0] == "InvalidTemplate"


def test_a_template_has_a_subject(ses: Any, ses2: Any) -> None:
    """boto/boto3#2464."""
    said = "The subject must be specified."
    assert refused(ses.create_template, Template={**WELCOME, "SubjectPart": ""}) == ("InvalidParameterValue", said)
    content = {"Text": "t"}
    found = refused(ses2.create_email_template, TemplateName="welcome", TemplateContent=content)
    assert found == ("BadRequestException", said)


def test_test_rendering(ses: Any, ses2: Any) -> None:
    ses.create_template(Template=WELCOME)
    data = json.dumps({"name": "Ann", "l": [1, 2]})
    for operation in (ses.test_render_template, ses2.test_render_email_template):
        shown = operation(TemplateName="welcome", TemplateData=data)["RenderedTemplate"]
        assert "Subject: Hi Ann\r\n" in shown and "1;2;" in shown and "From:" not in shown
    missing = refused(ses.test_render_template, TemplateName="welcome", TemplateData='{"l": []}')
    assert missing == ("MissingRenderingAttribute", "Attribute 'name' is not present in the rendering data.")
    assert (
        refused(ses.test_render_template, TemplateName="welcome", TemplateData="[]")[0] == "InvalidRenderingParameter"
    )
    assert refused(ses2.test_render_email_template, TemplateName="welcome", TemplateData="x")[0] == (
        "BadRequestException"
    )


def test_templated_mails_of_both_versions(sender: User) -> None:
    ses, ses2 = sender.client("ses"), sender.client("sesv2")
    ses.create_template(Template=WELCOME)
    mail: dict[str, Any] = {"Source": "bob@example.com", "Destination": {"ToAddresses": ["ann@x.org"]}}
    ses.send_templated_email(**mail, Template="welcome", TemplateData='{"name": "Ann", "l": [1]}')
    ses.send_templated_email(**mail, Template="welcome", TemplateData='{"l": [1]}')
    for template in ({"TemplateName": "welcome"}, {"TemplateContent": {"Subject": "Inline {{name}}", "Text": "t"}}):
        ses2.send_email(
            FromEmailAddress="bob@example.com",
            Destination={"ToAddresses": ["ann@x.org"]},
            Content={"Template": {**template, "TemplateData": '{"name": "Cid", "l": [2]}'}},
        )
    first, failed, second, inline = sender.inbox()
    assert (first["Subject"], first["Body"]["text_part"], first["Template"]) == ("Hi Ann", "1;", "welcome")
    assert failed["RenderingFailure"] == "Attribute 'name' is not present in the data" and "Body" not in failed
    assert (second["Subject"], second["Body"]["text_part"]) == ("Hi Cid", "2;")
    assert inline["Subject"] == "Inline Cid"
    assert refused(ses.send_templated_email, **mail, Template="none", TemplateData="{}")[0] == "TemplateDoesNotExist"
    # boto/boto3#2545; aws/aws-cli#6349
    found = refused(ses.send_templated_email, **mail, Template="welcome", TemplateData="x")
    assert found == ("InvalidParameterValue", "The template data is invalid")
    content = {"Template": {"TemplateName": "welcome", "TemplateData": "[]"}}
    found = refused(
        ses2.send_email, FromEmailAddress="bob@example.com", Destination={"ToAddresses": ["ann@x.org"]}, Content=content
    )
    assert found == ("BadRequestException", "Unable to parse template data (invalid JSON).")
