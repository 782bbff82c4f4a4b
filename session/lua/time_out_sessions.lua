#!lua flags=allow-oom
-- Write the sessions whose idle time-out is over, unless they have changed meanwhile or a turn is in progress.

local due = KEYS.due                            -- sorted set: what must happen -> when
local events = KEYS.events                      -- stream: the event stream
local waiting = KEYS.waiting                    -- sorted set: conversation for an agent -> since when
local first_key, last_key = KEYS.conversations  -- for each conversation its session (string), then its lease (hash)

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local event_cap = ARGV.event_cap              -- about how many events are kept
local first, past = ARGV.changes              -- for each conversation six values:
                                              -- due member, session as it was read ('' if there was none), session to write
                                              -- ('' to leave it), next change in ms ('' for none), conversation, states

-- Returns {'timed out', how many were written, numbers (1..) of those whose keys cannot be read...}.

local written, unreadable = 0, {}
for i = first, past, 6 do
  local k = first_key + (i - first) / 3
  local session, lease = KEYS[k], KEYS[k + 1]
  local member, was, becomes, next_at = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local stored = redis.pcall('GET', session) or ''
  local ends = redis.pcall('HGET', lease, 'until') or 0
  local held = type(ends) == 'table' or (tonumber(ends) or 0) > now
  if type(stored) == 'table' or type(ends) == 'table' then
    unreadable[#unreadable + 1] = (i - first) / 6 + 1
  elseif stored == was and not held then
    if becomes ~= '' then
      redis.call('SET', session, becomes, 'KEEPTTL')
      local before, after = string.match(ARGV[i + 5], '^(.*)>(.*)$')
      local till = string.format('@%.0f', math.max(0, redis.call('PEXPIRETIME', session)))
      redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'conversation', ARGV[i + 4], 'at', now,
        'state', ARGV[i + 5], 'was', before .. till, 'kept', after .. till)
      written = written + 1
    end
    if next_at ~= '' then
      redis.call('ZADD', due, next_at, member)
    else
      -- A session that waits for an agent has a next change; an expired record has none.
      redis.call('ZREM', due, member)
      redis.call('ZREM', waiting, ARGV[i + 4])
    end
  end
end
return {'timed out', written, unpack(unreadable)}
