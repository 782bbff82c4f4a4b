-- Remove everything that is kept of one customer under keys of its own, and what is due for it.

local due         = KEYS[1]  -- sorted set: what must happen -> when
local events      = KEYS[2]  -- stream: what happened
local session     = KEYS[3]  -- string: the session as JSON
local mailbox     = KEYS[4]  -- list: waiting messages
local outbox      = KEYS[5]  -- list: waiting deliveries
local first_key   = 3        -- KEYS[3..]: the customer's own keys, these three first

local at          = ARGV[1]  -- ms since the epoch, by the caller's clock
local event_cap   = ARGV[2]  -- about how many events are kept
local first       = 3        -- ARGV[3..]: due members of the conversation

-- Returns {'forgotten', keys removed}. The event names nobody; it says what no longer waits and is no longer kept.

local function times(list, name)
  local found = {}
  for _, entry in ipairs(redis.call('LRANGE', list, 0, -1)) do
    found[#found + 1] = string.format('%.0f', cjson.decode(entry)[name] or 0)
  end
  return '[' .. table.concat(found, ',') .. ']'
end

local was = ''
local record = redis.call('GET', session)
if record then
  local till = math.max(0, redis.call('PEXPIRETIME', session))
  was = cjson.decode(record).state .. string.format('@%.0f', till)
end
local came, queued = times(mailbox, 'receivedAt'), times(outbox, 'queuedAt')

for i = first, #ARGV do
  redis.call('ZREM', due, ARGV[i])
end
local removed = 0
for i = first_key, #KEYS do
  removed = removed + redis.call('DEL', KEYS[i])
end
if removed > 0 then
  redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*',
    'at', at, 'forgotten', '1', 'was', was, 'came', came, 'queued', queued)
end
return {'forgotten', removed}
