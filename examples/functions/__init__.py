"""The functions that the example machines call: plain Python, `handler(event, context)` as on AWS Lambda."""
