#!lua flags=allow-oom
-- Claim what is due: each claimed member becomes due again later, so that two sweeps do not claim the same one.

local due = KEYS.due  -- sorted set: what must happen -> when

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local wake_after = ARGV.wake_after            -- ms after which a claimed member is due again if it is not settled
local limit = ARGV.limit                      -- the most members to claim

-- Returns {'claimed', the present time in ms, member, ...}, longest due first.

local members = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, limit)
for _, member in ipairs(members) do
  redis.call('ZADD', due, 'XX', now + wake_after, member)
end
return {'claimed', now, unpack(members)}
