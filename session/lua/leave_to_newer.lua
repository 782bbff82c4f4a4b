#!lua flags=allow-oom
-- Give a lease back as it was found, to whoever can read what waits: a newer release wrote it. It is due again a little later.

local lease    = KEYS[1]  -- hash: who takes the turn, sends, or drains the intake
local due      = KEYS[2]  -- sorted set: what must happen -> when

local fence    = ARGV[1]  -- the caller's fence
local holder   = ARGV[2]  -- the caller's id
local retry_at = ARGV[3]  -- not before this time, in ms
local member   = ARGV[4]  -- the due member of what waits
local first    = 5        -- ARGV[5..]: names and values of the lease as they were before it was taken

-- Returns {'left'} or {'stale', fence of the present holder}.

local held = redis.call('HMGET', lease, 'fence', 'holder')
if held[1] ~= fence or held[2] ~= holder then
  return {'stale', tonumber(held[1] or 0)}
end
redis.call('ZADD', due, retry_at, member)
redis.call('HSET', lease, 'holder', '', 'until', retry_at, unpack(ARGV, first))
return {'left'}
