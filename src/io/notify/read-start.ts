/** The beginning of a reply as text; the rest is not read. */
export async function readStart(response: Response, octetsMax: number): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  for (let octets = 0; octets < octetsMax; ) {
    const { done, value } = await reader.read();
    if (done) return text;
    octets += value.length;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text.slice(0, octetsMax);
}
