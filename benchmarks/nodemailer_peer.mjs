// The peer of benchmarks/sender.py: nodemailer's pool with its own DKIM sends the same digest to the same sink.
// Run by sender.py: node nodemailer_peer.mjs FOLDER PORT COUNT CONNECTIONS KEY|-   (FOLDER holds node_modules)
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [folder, port, count, connections, key, html, text] = process.argv.slice(2);
const nodemailer = createRequire(folder + "/")("nodemailer");
const options = {
  host: "127.0.0.1", port: Number(port), pool: true, secure: false, ignoreTLS: true,
  maxConnections: Number(connections), maxMessages: 1_000_000,
};
if (key !== "-") {
  options.dkim = { domainName: "example.org", keySelector: "s1", privateKey: readFileSync(key, "utf8") };
}
const transport = nodemailer.createTransport(options);
const page = readFileSync(html, "utf8"), plain = readFileSync(text, "utf8");
const before = process.cpuUsage(), begun = process.hrtime.bigint();
let next = 0, sent = 0;
async function worker() {
  while (next < Number(count)) {
    const n = next++;
    const token = "t" + String(n).padStart(9, "0");
    await transport.sendMail({
      from: "La Revue lente <letter@example.org>", to: `Reader ${n} <reader${n}@example.net>`,
      subject: "A digest of ten essays",
      text: plain.replaceAll("TOKEN", token), html: page.replaceAll("TOKEN", token),
      headers: { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "List-Id": "<weekly.example.org>" },
      list: { unsubscribe: `https://example.org/u/${token}` },
    });
    sent++;
  }
}
await Promise.all(Array.from({ length: Number(connections) * 2 }, worker));
const used = process.cpuUsage(before);
transport.close();
console.log(JSON.stringify({ sent, cpu: (used.user + used.system) / 1e6, wall: Number(process.hrtime.bigint() - begun) / 1e9 }));
