#!lua flags=allow-oom
-- Drop the bodies that were received, keep what could not be read, and say whether more is waiting.

local lease  = KEYS[1]  -- hash: who drains the intake
local intake = KEYS[2]  -- stream: raw bodies, oldest first
local due    = KEYS[3]  -- sorted set: what must happen -> when
local fences = KEYS[4]  -- counter: the last fence given out
local dead   = KEYS[5]  -- stream: dead letters

local fence  = ARGV[1]            -- the caller's fence
local holder = ARGV[2]            -- the caller's id
local member = ARGV[3]            -- the due member of the intake
local wake_by = ARGV[4]           -- '' to go on; else when the sweep wakes again if a wake-up is lost, in ms
local n      = tonumber(ARGV[5])  -- how many bodies were handled
local ids    = 6                  -- ARGV[6..5+n]: their stream ids
local lost   = 6 + n              -- ARGV[6+n..]: dead letters, each a count of fields, then names and values

-- Returns {'settled', bodies left} or {'stale', fence of the present holder}. The lease is given back when
-- nothing is left or the caller does not go on; else its holder takes again.

local held = redis.call('HMGET', lease, 'fence', 'holder')
if held[1] ~= fence or held[2] ~= holder then
  return {'stale', tonumber(held[1] or 0)}
end

-- Whatever may fail does so before a body is dropped.
redis.call('XLEN', dead)
redis.call('ZCARD', due)
for i = ids, ids + n - 1 do
  redis.call('XDEL', intake, ARGV[i])
end

local at = lost
while at <= #ARGV do
  local size = tonumber(ARGV[at])
  redis.call('XADD', dead, '*', unpack(ARGV, at + 1, at + size))
  at = at + 1 + size
end

local left = redis.call('XLEN', intake)
if left == 0 then
  redis.call('DEL', lease)
  redis.call('ZREM', due, member)
elseif wake_by ~= '' then
  redis.call('DEL', lease)
  redis.call('ZADD', due, wake_by, member)
else
  -- This very call, repeated after its answer was lost, must find itself stale: dead letters are not doubled.
  redis.call('HSET', lease, 'fence', redis.call('INCR', fences))
end
return {'settled', left}
