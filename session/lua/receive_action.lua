#!lua flags=allow-oom
-- Put an agent action into its mailbox unless its id is known. An action that silences the assistant does so at once.

local mailbox = KEYS.mailbox      -- list: waiting messages and actions, oldest first
local seen = KEYS.seen            -- sorted set: ids already received
local silence = KEYS.silence      -- string: which replies of the assistant are not sent
local session = KEYS.session      -- string: the session as JSON
local lease = KEYS.lease          -- hash: who takes the turn
local due = KEYS.due              -- sorted set: what must happen -> when
local counters = KEYS.counters    -- hash: the counters
local forgotten = KEYS.forgotten  -- sorted set: hashes of what was forgotten -> until when they are known
local secret = KEYS.secret        -- string: what the hashes are made with
local alias = KEYS.alias          -- string: where the conversation has moved
local names = KEYS.names          -- set: other names of its customer

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local wake_after = ARGV.wake_after            -- ms after which the sweep wakes again if a wake-up is lost
local keep = tonumber(ARGV.keep)              -- ids that are remembered for a conversation, at most
local seen_for = ARGV.seen_for                -- ms after which the remembered ids and the silence expire
local member = ARGV.member                    -- the due member of the turn
local conversation = ARGV.conversation        -- its name
local id = ARGV.id                            -- the action
local entry = ARGV.entry                      -- the action as JSON
local counter = ARGV.counter                  -- the counter of its waiting time
local silences = ARGV.silences                -- 'yes' if the assistant is silent until the action has taken its turn, else 'no'
local also = ARGV.also                        -- other names that it shows of its customer, with blanks between them
local unless = ARGV.unless                    -- a state of the session in which it does not silence, '' for none

local ALL = SHARED.ALL                  -- the silence that covers all replies
local end_wait = SHARED.end_wait        -- function: let a turn that waits be taken at once
local tell_holder = SHARED.tell_holder  -- function: tell the process that takes a turn

-- Returns {'received', 1 or 0 if its id was known, 1 if a wake-up must be published, else 0}; {'unresolved'}, and nothing is
-- written, if the conversation has moved, or a name is not known to be one of its customer.

if redis.call('EXISTS', alias) == 1 then
  return {'unresolved'}
end
for name in string.gmatch(also, '%S+') do
  if redis.call('SISMEMBER', names, name) == 0 then
    return {'unresolved'}
  end
end

-- Commands that may fail come before the id is remembered, because an action with a known id is dropped.
redis.call('LLEN', mailbox)
redis.call('ZCARD', due)
local state = ''
if silences == 'yes' and unless ~= '' then
  local readable, record = pcall(cjson.decode, redis.call('GET', session) or '')
  state = readable and type(record) == 'table' and record.state or ''
end

-- It was received before the customer was forgotten, or is the action that forgot the customer.
local till = redis.call('ZCARD', forgotten) > 0
  and redis.call('ZSCORE', forgotten, redis.sha1hex((redis.call('GET', secret) or '') .. id))
if till and tonumber(till) > now then
  return {'received', 0, 0}
end

if redis.call('ZADD', seen, 'NX', now, id) == 0 then
  return {'received', 0, 0}
end
redis.call('ZREMRANGEBYRANK', seen, 0, -(keep + 1))
redis.call('PEXPIREAT', seen, now + seen_for)
if silences == 'yes' and (unless == '' or state ~= unless) then
  redis.call('SET', silence, ALL, 'PXAT', now + seen_for)
  tell_holder(lease, 'takeover', conversation)
end
redis.call('RPUSH', mailbox, entry)
local woken = redis.call('ZADD', due, 'NX', now + wake_after, member)
if end_wait(lease, due, member, now, wake_after, 'waits', 'gathers') then
  woken = 1
end
redis.pcall('HINCRBY', counters, counter, 1)
return {'received', 1, woken}
