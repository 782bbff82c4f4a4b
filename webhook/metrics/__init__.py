"""`GET /metrics`, read from Redis, so that any process answers for all of them."""
