#!lua flags=allow-oom
-- Keep who has signed in at the desk, or drop who leaves it, and note that in the event stream.

local signed_in = KEYS.signed_in      -- string: who came with this cookie
local pair = KEYS.pair        -- hash: attempts at this name from this address
local address = KEYS.address  -- hash: attempts from this address, at whatever names
local events = KEYS.events    -- stream: what happened

local what = ARGV.what                        -- 'in', 'refused' or 'out'
local who = ARGV.who                          -- of 'in': what is kept of the visit, as JSON
local ends = ARGV.ends                        -- of 'in': when it ends, in ms
local event_cap = tonumber(ARGV.event_cap)    -- events kept in the stream
local first_change, last_change = ARGV.event  -- names and values of the event

-- Returns {'noted'}, or {'gone'} if a visit that ends had ended before.

if what == 'in' then
  redis.call('SET', signed_in, who, 'PXAT', ends)
  -- This was no guess: the attempts at the name are forgotten, and its own one from the address.
  redis.call('DEL', pair)
  if redis.call('EXISTS', address) == 1 then
    redis.call('HINCRBY', address, 'tries', -1)
  end
elseif what == 'out' and redis.call('DEL', signed_in) == 0 then
  return {'gone'}
end
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', unpack(ARGV, first_change, last_change))
return {'noted'}
