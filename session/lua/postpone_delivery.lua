#!lua flags=allow-oom
-- Leave the first delivery in its outbox, and release the lease until a later time.

local lease = KEYS.lease            -- hash: who sends
local due = KEYS.due                -- sorted set: what must happen -> when
local deliveries = KEYS.deliveries  -- hash: delivery id -> its state
local events = KEYS.events          -- stream: the event stream

local fence = ARGV.fence                      -- the caller's fence
local holder = ARGV.holder                    -- the caller's id
local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local wait = ARGV.wait                        -- not before so many ms have passed
local member = ARGV.member                    -- the due member of the outbox
local attempts = ARGV.attempts                -- attempts so far; the next one counts from here
local doubt = ARGV.doubt                      -- id of the delivery if the outcome of its send is unknown, else ''
local keep_for = ARGV.keep_for                -- ms after which the states expire
local event_cap = ARGV.event_cap              -- about how many events are kept
local doubts = ARGV.doubts                    -- how many of its sends have an unknown outcome
local first_change, last_change = ARGV.event  -- names and values of the event, if the send is in doubt

local refusal = SHARED.refusal  -- function: the answer to a caller who has lost the lease, else nil

-- Returns {'postponed'} or {'stale', fence of the present holder}.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end

local sending, retry_at = 0, now + wait
if doubt ~= '' then
  sending = 1
  if redis.call('HSETNX', deliveries, doubt, 'unknown') == 1 then
    redis.call('PEXPIREAT', deliveries, now + keep_for)
    redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'at', now, unpack(ARGV, first_change, last_change))
  end
end
redis.call('HSET', lease, 'holder', '', 'until', retry_at, 'attempts', attempts, 'sending', sending, 'doubts', doubts)
redis.call('ZADD', due, retry_at, member)
return {'postponed'}
