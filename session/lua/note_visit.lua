#!lua flags=allow-oom
-- Keep who has signed in at the desk, or drop who leaves it, and note that in the event stream.

local visit   = KEYS[1]  -- string: who came with this cookie
local pair    = KEYS[2]  -- hash: tries at this name from this address
local address = KEYS[3]  -- hash: tries from this address, at whatever names
local events  = KEYS[4]  -- stream: what happened

local what      = ARGV[1]            -- 'in', 'refused' or 'out'
local who       = ARGV[2]            -- of 'in': what is kept of the visit, as JSON
local ends      = ARGV[3]            -- of 'in': when it ends, in ms
local event_cap = tonumber(ARGV[4])  -- events kept in the stream
local first     = 5                  -- ARGV[5..]: the event, names and values

-- Returns {'noted'}, or {'gone'} if a visit that ends had ended before.

if what == 'in' then
  redis.call('SET', visit, who, 'PXAT', ends)
  -- This was no guess: the tries at the name are forgotten, and its own one from the address.
  redis.call('DEL', pair)
  if redis.call('EXISTS', address) == 1 then
    redis.call('HINCRBY', address, 'tries', -1)
  end
elseif what == 'out' and redis.call('DEL', visit) == 0 then
  return {'gone'}
end
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', unpack(ARGV, first))
return {'noted'}
