-- Keep a raw body in the intake, and say whether somebody must be woken to drain it.

local intake  = KEYS[1]  -- stream: raw bodies, oldest first
local due     = KEYS[2]  -- sorted set: what must happen -> when

local source  = ARGV[1]  -- the endpoint it came in by
local at      = ARGV[2]  -- when it came, in ms
local body    = ARGV[3]  -- the bytes as they were received
local member  = ARGV[4]  -- the due member of the intake
local wake_by = ARGV[5]  -- when the sweep wakes again if this wake-up is lost, in ms

-- Returns {'stored', 1 if a wake-up must be published, else 0}.

redis.call('XADD', intake, '*', 'source', source, 'at', at, 'body', body)
return {'stored', redis.call('ZADD', due, 'NX', wake_by, member)}
