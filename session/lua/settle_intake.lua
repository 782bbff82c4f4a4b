#!lua flags=allow-oom
-- Remove the handled bodies, write the dead letters for what could not be read, and say how many bodies are left.

local lease = KEYS.lease    -- hash: who drains the intake
local intake = KEYS.intake  -- stream: raw bodies, oldest first
local due = KEYS.due        -- sorted set: what must happen -> when
local fences = KEYS.fences  -- counter: the last fence given out
local dead = KEYS.dead      -- stream: dead letters

local fence = ARGV.fence                        -- the caller's fence
local holder = ARGV.holder                      -- the caller's id
local member = ARGV.member                      -- the due member of the intake
local wake_by = ARGV.wake_by                    -- '' to continue; else when the sweep wakes again if a wake-up is lost, in ms
local first_id, last_id = ARGV.handled          -- the ids of the bodies that were handled
local first_letter, last_letter = ARGV.letters  -- dead letters, each a count of fields, then names and values

local refusal = SHARED.refusal            -- function: the answer to a caller who has lost the lease, else nil
local keep_letters = SHARED.keep_letters  -- function: add the dead letters of a list

-- Returns {'settled', bodies left} or {'stale', fence of the present holder}. The lease is released if
-- nothing is left or the caller does not continue; else its holder takes again.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end

-- Commands that may fail come before a body is removed.
redis.call('XLEN', dead)
redis.call('ZCARD', due)
for i = first_id, last_id do
  redis.call('XDEL', intake, ARGV[i])
end

keep_letters(dead, first_letter, last_letter)

local left = redis.call('XLEN', intake)
if left == 0 then
  redis.call('DEL', lease)
  redis.call('ZREM', due, member)
elseif wake_by ~= '' then
  redis.call('DEL', lease)
  redis.call('ZADD', due, wake_by, member)
else
  -- If this call is repeated because its answer was lost, it must be stale: dead letters are not doubled.
  redis.call('HSET', lease, 'fence', redis.call('INCR', fences))
end
return {'settled', left}
