-- Leave the first delivery where it is and let go of its outbox until later.

local lease    = KEYS[1]  -- hash: who sends
local due      = KEYS[2]  -- sorted set: what must happen -> when

local fence    = ARGV[1]  -- the caller's fence
local holder   = ARGV[2]  -- the caller's id
local retry_at = ARGV[3]  -- not before this time, in ms
local member   = ARGV[4]  -- the due member of the outbox
local attempts = ARGV[5]  -- attempts so far; 0 if this one shall not count

-- Returns {'postponed'} or {'stale', fence of the present holder}.

local held = redis.call('HMGET', lease, 'fence', 'holder')
if held[1] ~= fence or held[2] ~= holder then
  return {'stale', tonumber(held[1] or 0)}
end

redis.call('HSET', lease, 'holder', '', 'until', retry_at, 'attempts', attempts, 'sending', 0)
redis.call('ZADD', due, retry_at, member)
return {'postponed'}
