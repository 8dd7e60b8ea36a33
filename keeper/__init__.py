"""The keeper: a scheduled Lambda function that leaves nothing of an executor behind.

It deregisters targets whose task is gone, stops tasks past their deadline and fills the warm pool.
It knows its tasks by their tags alone. Only the standard library and boto3, as in Lambda's runtime.
"""
