-- What wrk sends: one request for each tenant in turn, and what it prints: one line of JSON.
-- Arguments: get, post or batch; how many tenants; milliseconds that a connection waits before its next request, on average.

local prepared = {}
local at = 0

local function check(tenant)
  return string.format('{"resource":"api.orders.create","dimensions":{"tenant":"tenant-%06d"}}', tenant)
end

local prepare = {
  get = function(tenant)
    return wrk.format('GET', string.format('/check?resource=api.orders.create&d.tenant=tenant-%06d', tenant))
  end,
  post = function(tenant)
    return wrk.format('POST', '/check', { ['content-type'] = 'application/json' }, check(tenant))
  end,
  batch = function(tenant)
    local items = {}
    for item = 1, 500 do items[item] = check(tenant * 500 + item) end
    local body = '[' .. table.concat(items, ',') .. ']'
    return wrk.format('POST', '/check/batch', { ['content-type'] = 'application/json' }, body)
  end,
}

function init(arguments)
  local kind, tenants, pauseMs = arguments[1], tonumber(arguments[2]), tonumber(arguments[3])
  for tenant = 1, tenants do prepared[tenant] = prepare[kind](tenant) end
  if pauseMs > 0 then
    -- Exponential, so that requests come as from many callers who do not know of each other.
    delay = function() return math.floor(-pauseMs * math.log(1 - math.random()) + 0.5) end
  end
end

function request()
  at = at % #prepared + 1
  return prepared[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%f,"failed":%d,"p50":%f,"p99":%f,"p999":%f,"most":%f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3, latency.max / 1e3))
end
