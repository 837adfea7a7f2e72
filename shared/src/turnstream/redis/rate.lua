-- Count one request against several rates, in one step: the generic cell rate algorithm. It comes in
-- if every rate lets it, and counts against all of them then; else it counts against none.
-- KEYS, one a rate: when it is used up to, in microseconds. All are in one hash slot.
-- ARGV, three a rate: microseconds in which a unit grows back, units that may come at once, and
-- units that this request takes.
-- Answers 1 or 0, then for each rate: units left, microseconds until all are there again, and
-- microseconds until it lets this request in (0 or less: it does).
-- The time is the server's: gateways need no clocks that agree.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local known = redis.call('MGET', unpack(KEYS))
local allowed, used, answer = 1, {}, {}
for i = 1, #KEYS do
  local pace, most, cost = ARGV[3 * i - 2], ARGV[3 * i - 1], ARGV[3 * i]
  -- No further than a full period: a clock that was set back, or a rate that was raised, must not
  -- keep anybody out for longer.
  local before = math.min(math.max(tonumber(known[i] or 0), now), now + pace * most)
  used[i] = before + pace * cost
  answer[i] = {before, used[i] - now - pace * most}
  if answer[i][2] > 0 then allowed = 0 end
end
local told = {allowed}
for i = 1, #KEYS do
  local pace, most = ARGV[3 * i - 2], ARGV[3 * i - 1]
  local upto = answer[i][1]
  if allowed == 1 then
    upto = used[i]
    redis.call('SET', KEYS[i], string.format('%.0f', upto), 'PX', math.ceil((upto - now) / 1000))
  end
  told[#told + 1] = math.floor(most - (upto - now) / pace)
  told[#told + 1] = upto - now
  told[#told + 1] = answer[i][2]
end
return told
