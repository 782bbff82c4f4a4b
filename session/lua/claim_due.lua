#!lua flags=allow-oom
-- Claim what is due: each claimed member becomes due again later, so that two sweeps do not claim the same one.

local due = KEYS.due  -- sorted set: what must happen -> when

local now = ARGV.now      -- ms since the epoch, by the caller's clock
local again = ARGV.again  -- when a claimed member is due again if it is not settled, in ms
local limit = ARGV.limit  -- the most members to claim

-- Returns the claimed members, longest due first.

local members = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, limit)
for _, member in ipairs(members) do
  redis.call('ZADD', due, 'XX', again, member)
end
return members
