#!lua flags=allow-oom
-- Return a lease unchanged: a newer release wrote the record that waits, what was taken is not durable, or an unreadable record
-- could not be moved. It is due again a little later.

local lease = KEYS.lease  -- hash: who takes the turn, sends, or drains the intake
local due = KEYS.due      -- sorted set: what must happen -> when

local fence = ARGV.fence                      -- the caller's fence
local holder = ARGV.holder                    -- the caller's id
local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local wait = ARGV.wait                        -- not before so many ms have passed
local member = ARGV.member                    -- the due member of what waits
local first_value, last_value = ARGV.was      -- names and values of the lease as they were before it was taken

local refusal = SHARED.refusal  -- function: the answer to a caller who has lost the lease, else nil

-- Returns {'left', until} or {'stale', fence of the present holder}.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end
local retry_at = now + wait
redis.call('ZADD', due, retry_at, member)
redis.call('HSET', lease, 'holder', '', 'until', retry_at, unpack(ARGV, first_value, last_value))
redis.call('HDEL', lease, 'gathers')
return {'left', retry_at}
