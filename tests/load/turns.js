// Many turns at once, each watched to its end. k6 reads a stream as one body: the duration is the
// whole turn, the waiting time is its acceptance.
//   k6 run -e GATEWAY=http://127.0.0.1:8000 -e TURNS=300 -e WORDS=100 turns.js
import http from "k6/http";
import { check } from "k6";
import { Trend } from "k6/metrics";

const turns = Number(__ENV.TURNS || 300);
const gateway = __ENV.GATEWAY || "http://127.0.0.1:8000";
const accepted = new Trend("turn_accepted", true);
const whole = new Trend("turn_whole", true);

export const options = {
  scenarios: { turns: { executor: "per-vu-iterations", vus: turns, iterations: 1, maxDuration: "5m" } },
  thresholds: { checks: ["rate==1"], http_req_failed: ["rate==0"] },
  summaryTrendStats: ["min", "med", "p(95)", "p(99)", "max"],
};

export default function () {
  const input = {
    content: [{ type: "input_text", text: `count to ${__ENV.WORDS || 100}` }],
    attachments: [],
    inference_options: {},
  };
  const response = http.post(
    `${gateway}/chatkit`,
    JSON.stringify({ type: "threads.create", params: { input } }),
    { headers: { "Content-Type": "application/json", "X-User-Id": `k6-${__VU}` }, timeout: "280s" },
  );
  accepted.add(response.timings.waiting);
  whole.add(response.timings.duration);
  check(response, {
    "one end, completed": (r) => (r.body.match(/^: end completed$/gm) || []).length === 1,
    "an answer": (r) => r.body.includes('"type":"assistant_message"'),
    "a turn id": (r) => Boolean(r.headers["Turn-Id"]),
  });
}
