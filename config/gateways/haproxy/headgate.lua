-- Asks Headgate about a request, for `http-request lua.headgate`. Works from HAProxy 2.6 on.
--
-- It asks by HEAD through the section `listen headgate` of haproxy.cfg, which keeps connections, health checks and timeouts. Afterwards
-- txn.headgate_status holds the status of the answer, 0 when there was none, and the other variables the header fields to give back.

local ADDRESS = "abns@headgate"
local TIMEOUT_MS = 400

local RETURNED = {
  ["ratelimit"] = "txn.headgate_ratelimit",
  ["ratelimit-policy"] = "txn.headgate_policy",
  ["retry-after"] = "txn.headgate_retry_after",
}

local function headers_for(txn)
  local headers = {
    ["x-forwarded-method"] = { txn.sf:method() },
    ["x-forwarded-uri"] = { txn.sf:pathq() },
    ["x-forwarded-host"] = { txn.sf:req_hdr("host") },
    ["x-forwarded-for"] = { txn.sf:src() },
  }
  local api_key = txn.sf:req_hdr("x-api-key")
  if api_key ~= "" then
    headers["x-api-key"] = { api_key }
  end
  return headers
end

core.register_action("headgate", { "http-req" }, function(txn)
  local response = core.httpclient():head({
    url = "http://headgate/check",
    dst = ADDRESS,
    headers = headers_for(txn),
    timeout = TIMEOUT_MS,
  })
  txn:set_var("txn.headgate_status", response.status or 0)
  for name, variable in pairs(RETURNED) do
    local values = (response.headers or {})[name]
    if values ~= nil then
      txn:set_var(variable, values[0])
    end
  end
end, 0)
