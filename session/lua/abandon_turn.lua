#!lua flags=allow-oom
-- Release a turn without a result: its messages stay, and it is due again later. `counts` says whether the attempt counts.

local lease = KEYS.lease  -- hash: who takes the turn
local due = KEYS.due      -- sorted set: what must happen -> when
local media = KEYS.media  -- hash: what becomes of its media

local fence = ARGV.fence                      -- the caller's fence
local holder = ARGV.holder                    -- the caller's id
local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local wait = ARGV.wait                        -- not before so many ms have passed
local member = ARGV.member                    -- the due member of the turn
local counts = ARGV.counts                    -- 'yes' if it was an attempt, else 'no'
local waits = ARGV.waits                      -- the media that it waits for, each in a line; '': for none

local still_waits = SHARED.still_waits  -- function: whether one of these media still waits
local refusal = SHARED.refusal  -- function: the answer to a caller who has lost the lease, else nil

-- Returns {'abandoned', 1 if it is due at once, else 0} or {'stale', fence of the present holder}.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end

local retry_at = now + wait
-- They may have come since the turn was taken; then nobody would end the wait.
if waits ~= '' and still_waits(media, waits) then
  redis.call('HSET', lease, 'waits', waits)
elseif waits ~= '' then
  retry_at = now
end
-- The lease stays without a holder until the time has come: a wake-up that arrives earlier must not shorten the back-off.
redis.call('HSET', lease, 'holder', '', 'until', retry_at, 'alone', '')
redis.call('HDEL', lease, 'gathers')
if counts == 'no' then
  redis.call('HINCRBY', lease, 'attempts', -1)
end
redis.call('ZADD', due, retry_at, member)
return {'abandoned', retry_at == now and 1 or 0}
