// The raster that can be zoomed: it reads the data beside it, and shows itself when it has drawn.
"use strict";
(() => {
  const root = document.currentScript.closest(".interactive");
  const data = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const canvas = root.querySelector("canvas");
  const said = root.querySelector("output");
  const events = root.querySelector("select");
  const pen = canvas.getContext("2d");
  const RIGHT = 12, ABOVE = 20, BELOW = 24, GAP = 8, LANE = 15, TRACE = 76;
  // Height of a line of a name, at its size of letters.
  const LINE = { 9: 11, 10: 11, 11: 13 };
  // Where so many spikes would be drawn as marks, or where they would hide one another, their
  // density is drawn instead.
  const MOST_MARKS = 150000;
  const NEAR_PX = 7, SHORTEST_S = 0.01;
  // Where a part of the populations is hidden, the rest are up to so much taller.
  const TALLEST = 5;
  const rows = [], shown = new Set();
  let LEFT = 140, from = 0, to = data.duration, places = [], lanes = [];

  // --- data -------------------------------------------------------------------------------------

  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).arrayBuffer();
  }

  // Numbers of seven bits a byte, the lowest first: the spikes of each cell, then, cell by cell, how
  // many steps each spike is after the one before.
  async function trains(packed) {
    const bytes = new Uint8Array(await unpacked(packed.data));
    let at = 0;
    const next = () => {
      let value = 0, unit = 1, byte;
      do {
        byte = bytes[at++];
        value += (byte & 127) * unit;
        unit *= 128;
      } while (byte & 128);
      return value;
    };
    const first = new Uint32Array(packed.cells + 1);
    for (let cell = 0; cell < packed.cells; cell++) first[cell + 1] = first[cell] + next();
    const steps = new Uint32Array(first[packed.cells]);
    for (let cell = 0; cell < packed.cells; cell++) {
      let step = 0;
      for (let spike = first[cell]; spike < first[cell + 1]; spike++) steps[spike] = step += next();
    }
    return { ...packed, first, steps };
  }

  // The first spike of a cell that is not before a step.
  function find(row, cell, step) {
    let low = row.first[cell], high = row.first[cell + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (row.steps[middle] < step) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // --- drawing ----------------------------------------------------------------------------------

  const width = () => canvas.clientWidth - LEFT - RIGHT;
  const across = (time) => LEFT + ((time - from) / (to - from)) * width();
  const timeAt = (x) => from + ((x - LEFT) / width()) * (to - from);

  function draw() {
    const dense = window.devicePixelRatio || 1;
    LEFT = Math.min(140, Math.round(0.3 * canvas.clientWidth));
    const all = (kept) => rows.filter(kept).reduce((sum, row) => sum + (row.height || 0), 0);
    const taller = Math.min(all(() => true) / all((row) => shown.has(row.name)) || 1, TALLEST);
    let top = ABOVE;
    lanes = [];
    for (const done of data.done) {
      const height = Math.max(LANE, tallOf([[done.words, done.colour, 10]]) + 4);
      lanes.push({ done, top, height });
      top += height;
    }
    places = [];
    for (const row of rows) {
      if (!shown.has(row.name)) continue;
      const height = Math.max(row.values ? TRACE : row.height * taller, tallOf(named(row)));
      places.push({ row, top, height });
      top += height + GAP;
    }
    const height = top - GAP + BELOW;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(canvas.clientWidth * dense);
    canvas.height = Math.round(height * dense);
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, canvas.clientWidth, height);
    pen.font = "11px system-ui, sans-serif";
    drawEvents(height - BELOW);
    drawDone();
    for (const place of places) {
      if (place.row.values) drawTrace(place);
      else drawSpikes(place, dense);
      name(place);
    }
    drawAxis(height - BELOW);
    root.dataset.from = from;
    root.dataset.to = to;
  }

  function clipped(begin, end) {
    const left = Math.max(across(begin), LEFT);
    return [left, Math.min(across(end), LEFT + width()) - left];
  }

  function drawEvents(bottom) {
    let free = -Infinity;
    for (const event of data.events) {
      if (event.stop < from || event.start > to) continue;
      const [left, wide] = clipped(event.start, event.stop);
      pen.fillStyle = event.colour;
      for (const { top, height } of places) pen.fillRect(left, top, wide, height);
      if (!event.words) continue;
      const half = pen.measureText(event.words).width / 2;
      const middle = left + wide / 2;
      if (middle - half < free || middle + half > canvas.clientWidth) continue;
      pen.fillStyle = "#1b1b1b";
      pen.textAlign = "center";
      pen.textBaseline = "alphabetic";
      pen.fillText(event.words, middle, ABOVE - 7);
      free = middle + half + 10;
    }
    pen.fillStyle = "#555555";
    pen.fillRect(LEFT, bottom, width(), 1);
  }

  function drawDone() {
    for (const { done, top, height } of lanes) {
      pen.fillStyle = done.colour;
      for (const [start, stop] of done.spans) {
        if (stop < from || start > to) continue;
        const [left, wide] = clipped(start, stop);
        pen.fillRect(left, top + (height - LANE) / 2 + 2, Math.max(wide, 3), LANE - 6);
      }
      label([[done.words, done.colour, 10]], top + height / 2 - 1);
    }
  }

  // Words in as many lines as they need beside the picture; what is longer than a line is broken.
  function inLines(words, size) {
    pen.font = `${size}px system-ui, sans-serif`;
    const fits = (text) => pen.measureText(text).width <= LEFT - 8;
    const lines = [];
    let line = "";
    for (const word of words.split(" ")) {
      if (line && fits(`${line} ${word}`)) {
        line += ` ${word}`;
        continue;
      }
      if (line) lines.push(line);
      line = "";
      for (const letter of word) {
        if (line && !fits(line + letter)) {
          lines.push(line);
          line = "";
        }
        line += letter;
      }
    }
    return [...lines, line];
  }

  // Texts are words with their colour and size, one below the other.
  function tallOf(texts) {
    return texts.reduce((sum, [words, , size]) => sum + inLines(words, size).length * LINE[size], 0);
  }

  function label(texts, middle) {
    let top = middle - tallOf(texts) / 2;
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    for (const [words, colour, size] of texts) {
      for (const line of inLines(words, size)) {
        pen.fillStyle = colour;
        pen.fillText(line, 2, top + LINE[size] / 2);
        top += LINE[size];
      }
    }
    pen.font = "11px system-ui, sans-serif";
  }

  function named({ words, colour, values, low, high, unit }) {
    const own = [[words, colour, 11]];
    if (values) own.push([`${low.toPrecision(3)} to ${high.toPrecision(3)} ${unit}`, "#555555", 9]);
    return own;
  }

  function name({ row, top, height }) {
    label(named(row), top + height / 2);
    pen.fillStyle = "#555555";
    pen.fillRect(LEFT - 3, top, 1, height);
  }

  function drawSpikes({ row, top, height }, dense) {
    const tall = height / row.cells;
    const low = from / row.dt, high = to / row.dt;
    const found = [];
    let count = 0;
    for (let cell = 0; cell < row.cells; cell++) {
      const begin = find(row, cell, low), end = find(row, cell, high);
      count += end - begin;
      if (end > begin) found.push([cell, begin, end]);
    }
    for (const asked of row.asked) shadeCells(asked, row.colour, top, height, tall);
    for (const hit of row.hit) shadeCells(hit, hit.colour, top, height, tall);
    pen.fillStyle = row.colour;
    const high_px = Math.max(0.8 * tall, 2), area = width() * height;
    if (count > MOST_MARKS || count * high_px > area) {
      return drawDensity(row, found, top, height, dense);
    }
    const fine = count * 2 * high_px > 0.4 * area;
    const wide = fine ? 1 : 2;
    for (const [cell, begin, end] of found) {
      const y = top + height - (cell + 0.5) * tall - high_px / 2;
      for (let spike = begin; spike < end; spike++) {
        pen.fillRect(across(row.steps[spike] * row.dt) - wide / 2, y, wide, high_px);
      }
    }
    if (row.plateaus) drawPlateaus(row, top, height, tall);
  }

  function shadeCells(stretch, colour, top, height, tall) {
    if (stretch.stop < from || stretch.start > to) return;
    const [left, wide] = clipped(stretch.start, stretch.stop);
    pen.globalAlpha = 0.25;
    pen.fillStyle = colour;
    for (const [low, high] of stretch.cells) {
      pen.fillRect(left, top + height - high * tall, wide, Math.max((high - low) * tall, 1));
    }
    pen.globalAlpha = 1;
  }

  function drawDensity(row, found, top, height, dense) {
    const columns = Math.max(Math.round(width() * dense), 1);
    const lines = Math.max(Math.min(row.cells, Math.round(height * dense)), 1);
    const counts = new Uint16Array(columns * lines);
    const scale = (row.dt / (to - from)) * columns, start = (from / (to - from)) * columns;
    for (const [cell, begin, end] of found) {
      const line = (lines - 1 - Math.floor((cell * lines) / row.cells)) * columns;
      for (let spike = begin; spike < end; spike++) {
        counts[line + Math.min(Math.max(Math.floor(row.steps[spike] * scale - start), 0), columns - 1)]++;
      }
    }
    const some = counts.filter((count) => count > 0).sort();
    const full = some.length ? some[Math.floor(0.9 * (some.length - 1))] : 1;
    const image = new ImageData(columns, lines);
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(row.colour.slice(at, at + 2), 16));
    counts.forEach((count, pixel) => {
      if (!count) return;
      const alpha = 255 * (0.3 + 0.7 * Math.sqrt(Math.min(count / full, 1)));
      image.data.set([red, green, blue, alpha], 4 * pixel);
    });
    const sheet = new OffscreenCanvas(columns, lines);
    sheet.getContext("2d").putImageData(image, 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(sheet, LEFT, top, width(), height);
  }

  function drawPlateaus(row, top, height, tall) {
    pen.fillStyle = "#000000";
    for (let cell = 0; cell < row.cells; cell++) {
      const end = find(row.plateaus, cell, to / row.plateaus.dt);
      for (let one = find(row.plateaus, cell, from / row.plateaus.dt); one < end; one++) {
        const x = across(row.plateaus.steps[one] * row.plateaus.dt);
        const y = top + height - (cell + 0.5) * tall;
        pen.beginPath();
        pen.moveTo(x - 5, y - 3);
        pen.lineTo(x, y);
        pen.lineTo(x - 5, y + 3);
        pen.fill();
      }
    }
  }

  function drawTrace({ row, top, height }) {
    const { times, values, low, high } = row;
    pen.save();
    pen.beginPath();
    pen.rect(LEFT, top, width(), height);
    pen.clip();
    row.cells.forEach((cell, number) => {
      pen.strokeStyle = row.colour;
      pen.globalAlpha = 1 - 0.3 * number;
      pen.beginPath();
      times.forEach((time, sample) => {
        const value = values[sample * row.cells.length + number];
        const y = top + height - ((value - low) / (high - low || 1)) * (height - 4) - 2;
        if (time >= from - (to - from) && time <= to + (to - from)) pen.lineTo(across(time), y);
      });
      pen.stroke();
    });
    pen.restore();
  }

  function drawAxis(bottom) {
    const rough = (to - from) / Math.max(width() / 90, 1);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((size) => size * power).find((size) => size >= rough);
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    pen.fillStyle = "#1b1b1b";
    pen.textAlign = "center";
    pen.textBaseline = "top";
    for (let tick = Math.ceil(from / step - 1e-9) * step; tick <= to + 1e-9; tick += step) {
      pen.fillRect(across(tick), bottom, 1, 4);
      pen.fillText(`${tick.toFixed(digits)} s`, across(tick), bottom + 7);
    }
  }

  // --- what a user does -------------------------------------------------------------------------

  function show(start, stop) {
    const long = Math.min(Math.max(stop - start, SHORTEST_S), data.duration);
    from = Math.min(Math.max(start, 0), data.duration - long);
    to = from + long;
    draw();
  }

  function zoom(factor, time = (from + to) / 2) {
    show(time - (time - from) * factor, time + (to - time) * factor);
  }

  const pan = (share) => show(from + share * (to - from), to + share * (to - from));

  function eventAt(time) {
    const event = data.events.find((one) => one.start <= time && time < one.stop);
    return event ? event.words || event.kind : "";
  }

  // The spike nearest to a point, as far as one is near.
  function nearest(x, y) {
    const place = places.find(({ top, height }) => y >= top && y <= top + height);
    if (!place || x < LEFT || x > LEFT + width()) return null;
    const { row, top, height } = place;
    if (row.values) return { row, time: timeAt(x) };
    const tall = height / row.cells;
    const reach = Math.max(1, Math.ceil(NEAR_PX / tall));
    const middle = Math.floor((top + height - y) / tall);
    let best = null, least = NEAR_PX ** 2;
    for (let cell = Math.max(middle - reach, 0); cell <= Math.min(middle + reach, row.cells - 1); cell++) {
      const spike = find(row, cell, timeAt(x) / row.dt);
      for (const one of [spike - 1, spike]) {
        if (one < row.first[cell] || one >= row.first[cell + 1]) continue;
        const away = Math.max(Math.abs(top + height - (cell + 0.5) * tall - y) - tall / 2, 0);
        const distance = (across(row.steps[one] * row.dt) - x) ** 2 + away ** 2;
        if (distance < least) [best, least] = [{ row, cell, time: row.steps[one] * row.dt }, distance];
      }
    }
    return best || { row, time: timeAt(x) };
  }

  function tell(x, y) {
    const lane = lanes.find(({ top, height }) => y >= top && y < top + height);
    if (lane) {
      const { done } = lane;
      const times = done.spans.filter(([start, stop]) => stop >= from && start <= to);
      const listed = times.slice(0, 3).map(([start, stop]) => `${start.toFixed(3)} to ${stop.toFixed(3)} s`);
      said.textContent = `${done.how}: ${listed.join(", ") || "not in this stretch"}`;
      return;
    }
    const found = nearest(x, y);
    if (!found) return;
    const { row, cell, time } = found;
    const slot = cell !== undefined && row.per_slot ? `, slot ${Math.floor(cell / row.per_slot) + 1}` : "";
    const which = cell !== undefined ? `, cell ${cell + 1}${slot}: spike` : "";
    const where = eventAt(time);
    said.textContent = `${row.words}${which} at ${time.toFixed(4)} s${where ? `, ${where}` : ""}`;
  }

  const fingers = new Map();
  canvas.addEventListener("pointerdown", (press) => {
    canvas.setPointerCapture(press.pointerId);
    canvas.focus();
    fingers.set(press.pointerId, press.offsetX);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (press) => fingers.delete(press.pointerId));
  }
  canvas.addEventListener("pointermove", (press) => {
    const before = fingers.get(press.pointerId);
    if (before === undefined) return tell(press.offsetX, press.offsetY);
    const other = [...fingers].find(([finger]) => finger !== press.pointerId);
    fingers.set(press.pointerId, press.offsetX);
    if (!other) return pan((before - press.offsetX) / width());
    // What is below two fingers stays there.
    const apart = Math.abs(before - other[1]), now = Math.abs(press.offsetX - other[1]);
    if (apart > 5 && now > 5) zoom(apart / now, timeAt(other[1]));
  });
  canvas.addEventListener("wheel", (turn) => {
    // A page that is scrolled past is not caught.
    if (document.activeElement !== canvas && !turn.ctrlKey) return;
    turn.preventDefault();
    if (Math.abs(turn.deltaX) > Math.abs(turn.deltaY)) pan(turn.deltaX / width());
    else zoom(Math.exp(turn.deltaY / 400), timeAt(turn.offsetX));
  }, { passive: false });
  const KEYS = {
    ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2), "+": () => zoom(0.5), "=": () => zoom(0.5),
    "-": () => zoom(2), 0: () => show(0, data.duration), Home: () => show(0, data.duration),
  };
  canvas.addEventListener("keydown", (press) => {
    if (press.ctrlKey || press.metaKey || press.altKey || !KEYS[press.key]) return;
    press.preventDefault();
    KEYS[press.key]();
  });
  for (const button of root.querySelectorAll("button")) {
    button.addEventListener("click", () => KEYS[button.value]());
  }
  events.addEventListener("change", () => {
    const event = data.events[events.value];
    if (event) show(event.start - 0.1, event.stop + 0.1);
  });
  function toggle(row) {
    const box = document.createElement("input");
    const words = document.createElement("label");
    box.type = "checkbox";
    box.value = row.name;
    box.checked = true;
    shown.add(row.name);
    box.addEventListener("change", () => {
      if (box.checked) shown.add(row.name);
      else shown.delete(row.name);
      draw();
    });
    words.append(box, ` ${row.words}`);
    root.querySelector("fieldset").append(words);
  }

  async function begin() {
    for (const packed of data.populations) {
      const row = await trains(packed);
      if (row.plateaus) row.plateaus = await trains(row.plateaus);
      rows.push(row);
    }
    for (const packed of data.traces) {
      const [times, values] = await Promise.all([packed.times, packed.data].map(unpacked));
      const held = new Float32Array(values);
      const low = held.reduce((a, b) => Math.min(a, b), Infinity);
      const high = held.reduce((a, b) => Math.max(a, b), -Infinity);
      rows.push({ ...packed, times: new Float32Array(times), values: held, low, high });
    }
    rows.forEach(toggle);
    data.events.forEach((event, number) => {
      if (event.words) events.append(new Option(event.words, number));
    });
    root.hidden = false;
    draw();
    new ResizeObserver(draw).observe(root);
    // Where a spike is on the canvas, for whoever points at it.
    root.placeOf = (wanted, cell, time) => {
      const { row, top, height } = places.find((place) => place.row.name === wanted);
      return [across(time), top + height - ((cell + 0.5) * height) / row.cells];
    };
    root.dataset.ready = "yes";
  }

  // An old browser keeps the picture.
  if (window.DecompressionStream && window.OffscreenCanvas) begin();
})();
