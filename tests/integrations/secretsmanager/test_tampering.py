"""Somebody changed the database: an error that says so, and never a wrong value."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import text

from engine.store.database import open_database
from tests.integrations.secretsmanager.conftest import Served

VALUE = "UPDATE secret_versions SET {} WHERE version_id = :version"
DATA_KEY = "data_keys WHERE id = (SELECT substr(value, 2, 16) FROM secret_versions WHERE version_id = :version)"
OTHERS = "(SELECT value FROM secret_versions WHERE version_id = :other)"

# What is done to the row of a version that nobody has read yet, and what is said of it then.
TAMPERING = {
    VALUE.format("value = substr(value, 1, 30)"): "it is truncated",
    VALUE.format("value = substr(value, 1, 50)"): "it was changed, is damaged, or belongs to something else",
    VALUE.format(f"value = {OTHERS}"): "it was changed, is damaged, or belongs to something else",
    VALUE.format("kind = 'binary'"): "it was changed, is damaged, or belongs to something else",
    f"DELETE FROM {DATA_KEY}": "its data key does not exist",
    f"UPDATE data_keys SET wrapped = substr(wrapped, 1, 40) {DATA_KEY[10:]}": "its data key is damaged",
    f"UPDATE data_keys SET master = 'f00d' {DATA_KEY[10:]}": "its data key is wrapped by the master key f00d",
}


@pytest.mark.parametrize("statement", TAMPERING)
def test_what_was_tampered_with_is_an_error_and_no_value(served: Served, sm: Any, name: str, statement: str) -> None:
    version = sm.create_secret(Name=name, SecretString="hunter2")["VersionId"]
    other = sm.create_secret(Name=f"{name}/other", SecretString="hunter3")["VersionId"]
    with open_database(served.db) as database, database.writer.transaction() as connection:
        values = {"version": version, "other": other}
        given = {key: value for key, value in values.items() if f":{key}" in statement}
        assert connection.execute(text(statement), given).rowcount == 1
    with pytest.raises(ClientError) as refused:
        sm.get_secret_value(SecretId=name)
    error = refused.value.response["Error"]
    assert error["Code"] == "DecryptionFailure" and TAMPERING[statement] in error["Message"]
    assert "hunter" not in error["Message"]
    [of_batch] = sm.batch_get_secret_value(SecretIdList=[name])["Errors"]
    assert of_batch["ErrorCode"] == "DecryptionFailure"
    assert sm.describe_secret(SecretId=name)["Name"] == name, "the rest of it is there"
    sm.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
