"""The OpenAPI 3.1 document of the intake: one table of operations, schemas from the pydantic models."""
