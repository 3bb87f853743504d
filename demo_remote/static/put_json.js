// One PUT to the control plane. Gives {value, problem}; never throws.

export async function putJson(path, value) {
  try {
    const response = await fetch(path, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(value),
    });
    const answer = await response.json();
    return response.ok ? { value: answer, problem: "" } : { problem: answer.detail };
  } catch {
    return { problem: "not reachable" };
  }
}
