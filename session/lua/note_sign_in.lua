#!lua flags=allow-oom
-- Store or remove an agent session of the desk, and write the event: signed in, refused or signed out.

local signed_in = KEYS.signed_in      -- string: the agent session of a cookie
local pair = KEYS.pair        -- hash: attempts at this name from this address
local address = KEYS.address  -- hash: attempts from this address, at any name
local events = KEYS.events    -- stream: the event stream

local what = ARGV.what                        -- 'in', 'refused' or 'out'
local who = ARGV.who                          -- of 'in': the agent session as JSON
local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local lasts = ARGV.lasts                      -- of 'in': ms after which it expires
local event_cap = tonumber(ARGV.event_cap)    -- events kept in the stream
local first_change, last_change = ARGV.event  -- names and values of the event

-- Returns {'noted'}, or {'gone'} if the agent session to remove had ended before.

if what == 'in' then
  redis.call('SET', signed_in, who, 'PXAT', now + lasts)
  -- The password was right: remove the attempts at the name, and this attempt from those of the address.
  redis.call('DEL', pair)
  if redis.call('EXISTS', address) == 1 then
    redis.call('HINCRBY', address, 'tries', -1)
  end
elseif what == 'out' and redis.call('DEL', signed_in) == 0 then
  return {'gone'}
end
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'at', now, unpack(ARGV, first_change, last_change))
return {'noted'}
