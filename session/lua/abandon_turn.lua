#!lua flags=allow-oom
-- Release a turn without a result: its messages stay, and it is due again later. `counts` says whether the attempt counts.

local lease = KEYS.lease  -- hash: who takes the turn
local due = KEYS.due      -- sorted set: what must happen -> when

local fence = ARGV.fence                      -- the caller's fence
local holder = ARGV.holder                    -- the caller's id
local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local wait = ARGV.wait                        -- not before so many ms have passed
local member = ARGV.member                    -- the due member of the turn
local counts = ARGV.counts                    -- 'yes' if it was an attempt, else 'no'

local refusal = SHARED.refusal  -- function: the answer to a caller who has lost the lease, else nil

-- Returns {'abandoned'} or {'stale', fence of the present holder}.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end

local retry_at = now + wait
-- The lease stays without a holder until the time has come: a wake-up that arrives earlier must not shorten the back-off.
redis.call('HSET', lease, 'holder', '', 'until', retry_at, 'alone', '')
if counts == 'no' then
  redis.call('HINCRBY', lease, 'attempts', -1)
end
redis.call('ZADD', due, retry_at, member)
return {'abandoned'}
