// One error from the server, or from the road to it: a message and a cure.

export class Problem extends Error {
  constructor({ message, cure = "", status = 0 }) {
    super(message);
    this.cure = cure;
    this.status = status;
  }
}

export async function ask(address, options = {}) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ message: "The shop cannot be reached", cure: "Check the connection and try again." });
  }
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => ({ message: `The shop answered ${answer.status}` }));
  throw new Problem({ ...body, status: answer.status });
}
