#!lua flags=allow-oom
-- Set one field of a hash that all share: a plain command would be refused by a server that is full.

local hash  = KEYS[1]  -- hash: which senders are paused, or what happened, counted

local field = ARGV[1]  -- its name
local value = ARGV[2]  -- what it becomes

-- Returns {'put'}.

redis.call('HSET', hash, field, value)
return {'put'}
