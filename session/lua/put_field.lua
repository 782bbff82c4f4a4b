#!lua flags=allow-oom
-- Set one field of a shared hash. As a script it is allowed when the memory is full; a plain command is not.

local hash = KEYS.hash  -- hash: paused senders, or the counters

local field = ARGV.field  -- the field
local value = ARGV.value  -- its new value

-- Returns nothing.

redis.call('HSET', hash, field, value)
return {}
