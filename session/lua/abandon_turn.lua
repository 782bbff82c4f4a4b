#!lua flags=allow-oom
-- Give a turn back undone: its messages stay, its attempt counts unless it was none, and it is due again later.

local lease    = KEYS[1]  -- hash: who takes the turn
local due      = KEYS[2]  -- sorted set: what must happen -> when

local fence    = ARGV[1]  -- the caller's fence
local holder   = ARGV[2]  -- the caller's id
local retry_at = ARGV[3]  -- not before this time, in ms
local member   = ARGV[4]  -- the due member of the turn
local counts   = ARGV[5]  -- 'yes' if it was an attempt, else 'no'

-- Returns {'abandoned'} or {'stale', fence of the present holder}.

local held = redis.call('HMGET', lease, 'fence', 'holder')
if held[1] ~= fence or held[2] ~= holder then
  return {'stale', tonumber(held[1] or 0)}
end

-- The lease stays, held by nobody, until the time has come: a stray wake-up must not shorten the back-off.
redis.call('HSET', lease, 'holder', '', 'until', retry_at, 'alone', '')
if counts == 'no' then
  redis.call('HINCRBY', lease, 'attempts', -1)
end
redis.call('ZADD', due, retry_at, member)
return {'abandoned'}
