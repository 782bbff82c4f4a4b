#!lua flags=allow-oom
-- Extend the lease of a turn that takes long, and say what has come meanwhile.

local lease = KEYS.lease      -- hash: who takes the turn
local due = KEYS.due          -- sorted set: what must happen -> when
local mailbox = KEYS.mailbox  -- list: waiting messages and actions, oldest first
local silence = KEYS.silence  -- string: which replies of the assistant are not sent
local stop = KEYS.stop        -- string: which replies are not sent, those of agents too

local fence = ARGV.fence                      -- the caller's fence
local holder = ARGV.holder                    -- the caller's id
local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local lease_for = ARGV.lease_for              -- ms after which the lease expires
local member = ARGV.member                    -- the due member of the turn
local garbage = ARGV.garbage                  -- ms after which Redis may remove an abandoned lease

local refusal = SHARED.refusal        -- function: the answer to a caller who has lost the lease, else nil
local ALL = SHARED.ALL                -- the silence that covers all replies
local STOPPED_BY = SHARED.STOPPED_BY  -- pattern: the STOP that waits for its turn

-- Returns {'renewed', entries of the mailbox, those of this turn included, 1 if an action among them silences the assistant,
-- else 0, the id of the STOP among them or ''} or {'stale', fence of the present holder}.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end

local till = now + lease_for
local entries, silenced = redis.call('LLEN', mailbox), redis.call('GET', silence) == ALL
local stopped_by = string.match(redis.call('GET', stop) or '', STOPPED_BY) or ''
redis.call('ZADD', due, till, member)
redis.call('HSET', lease, 'until', till)
redis.call('PEXPIREAT', lease, now + garbage)
return {'renewed', entries, silenced and 1 or 0, stopped_by}
