#!lua flags=allow-oom
-- Set one field of a hash that all share: a plain command would be refused by a server that is full.

local hash = KEYS.hash  -- hash: which senders are paused, or what happened, counted

local field = ARGV.field  -- its name
local value = ARGV.value  -- what it becomes

-- Returns nothing.

redis.call('HSET', hash, field, value)
return {}
