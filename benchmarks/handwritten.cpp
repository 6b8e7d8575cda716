// The slot memory during recall with given weights, as a loop written by hand: what the generated
// program of handwritten_loop.py is compared with.
//
// Same equations, integration scheme (exponential Euler, hazards that look one step ahead), order
// within a step and double precision as circuits/*.py. Written for speed: structure of arrays,
// loops that the compiler turns into vector instructions, everything constant hoisted, lists of
// spikes, and one variable where all cells of a population share a value (the current of the PV
// cells, the SST conductance, acetylcholine).
//
// Left out because it cannot act: what a plateau does (no plateau starts; the loop tests for one in
// every step and fails if there is one), the two learning rules (their factor "plateau" is 0), and
// the current from hippocampal to entorhinal cells (there is no such projection).
//
//     main FOLDER SEED DT     FOLDER holds constants.txt, epochs.f64, one table a channel, weights
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace {

constexpr int SLOTS = N_SLOTS, SIZE = CELLS_PER_SLOT, CELLS = SLOTS * SIZE;
constexpr int INPUTS = 2 * N_INPUTS, OUTPUTS = 2 * N_OUTPUTS;
constexpr int PV = N_PV, SST = N_SST, SEPTUM = N_CHOLINERGIC;

typedef std::vector<double> Table;
std::string folder;
std::map<std::string, double> constants;

double constant(const std::string& name)
{
    const auto found = constants.find(name);
    if (found == constants.end()) {
        std::fprintf(stderr, "no constant %s\n", name.c_str());
        std::exit(3);
    }
    return found->second;
}

Table read_table(const std::string& name, const size_t size = 0)
{
    std::ifstream file(folder + "/" + name + ".f64", std::ios::binary | std::ios::ate);
    Table table(file ? static_cast<size_t>(file.tellg()) / sizeof(double) : 0);
    file.seekg(0);
    file.read(reinterpret_cast<char*>(table.data()), table.size() * sizeof(double));
    if (!file || (size && table.size() != size)) {
        std::fprintf(stderr, "cannot read %s\n", name.c_str());
        std::exit(3);
    }
    return table;
}

// Random numbers from a counter (splitmix64), so that a loop over many of them is vectorised.
struct Random {
    uint64_t counter;

    static double uniform(uint64_t z)
    {
        z *= 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        z ^= z >> 31;
        return (static_cast<double>(static_cast<int64_t>(z >> 12)) + 0.5) / 4503599627370496.0;
    }
    double exponential() { return -std::log(uniform(counter++)); }
    void normal(double* __restrict out, const int size)
    {
        const uint64_t first = counter;
        for (int i = 0; i < size; ++i)
            out[i] = std::sqrt(-2.0 * std::log(uniform(first + 2 * i))) *
                     std::cos(6.283185307179586 * uniform(first + 2 * i + 1));
        counter += 2 * static_cast<uint64_t>(size);
    }
};

// The spikes of a population: those of this step, and all of them with their times.
struct Spikes {
    std::vector<int> now;
    Table time;
    std::vector<int32_t> cell;

    void record(const double t)
    {
        for (const int i : now) {
            time.push_back(t);
            cell.push_back(i);
        }
    }
    void write(const std::string& name) const
    {
        std::ofstream times(folder + "/spikes_" + name + "_t.f64", std::ios::binary);
        times.write(reinterpret_cast<const char*>(time.data()), time.size() * sizeof(double));
        std::ofstream cells(folder + "/spikes_" + name + "_i.i32", std::ios::binary);
        cells.write(reinterpret_cast<const char*>(cell.data()), cell.size() * sizeof(int32_t));
    }
};

double charge_factor(const double tau, const double dt)
{
    return tau * (1.0 - std::exp(-dt / tau)) / dt;
}

int64_t steps_in(const double time, const double dt)
{
    return static_cast<int64_t>((time + 1e-3 * dt) / dt);
}

// Integrate-and-fire cells whose leak is constant; the current is given a cell.
template <int SIZE_>
struct Cells {
    double v[SIZE_], current[SIZE_];
    int64_t ready[SIZE_];
    double decay, leak, rest, threshold, reset;
    int64_t silent;
    Spikes spikes;

    Cells(const std::string& name, const double dt)
    {
        leak = constant(name + ".leak");
        rest = constant(name + ".resting_voltage");
        threshold = constant(name + ".spike_threshold");
        reset = constant(name + ".reset_voltage");
        silent = steps_in(constant(name + ".refractory_period"), dt);
        decay = std::exp(-dt * leak / constant(name + ".capacitance"));
        for (int i = 0; i < SIZE_; ++i) {
            v[i] = rest;
            current[i] = 0.0;
            ready[i] = 0;
        }
    }
    void advance(const int64_t step)
    {
        const double per_leak = 1.0 / leak;
        int64_t fired = 0;
        for (int i = 0; i < SIZE_; ++i) {
            const double target = rest + current[i] * per_leak;
            const double moved = target + (v[i] - target) * decay;
            const bool free = ready[i] <= step;
            v[i] = free ? moved : v[i];
            fired |= static_cast<int64_t>(free && v[i] > threshold);
        }
        spikes.now.clear();
        if (fired)
            for (int i = 0; i < SIZE_; ++i)
                if (ready[i] <= step && v[i] > threshold)
                    spikes.now.push_back(i);
    }
    void reset_spiked(const int64_t step)
    {
        for (const int i : spikes.now) {
            v[i] = reset;
            ready[i] = step + silent;
        }
    }
};

// Cells of a pattern: a level and a noise that change on the schedule's grid, and a trace of spikes.
template <int SIZE_>
struct PatternCells : Cells<SIZE_> {
    double noise[SIZE_], fresh[SIZE_], drive[SIZE_], value[SIZE_], trace[SIZE_];
    double pattern, kept, spread, value_decay, trace_decay, trace_jump;
    const Table table;

    PatternCells(const std::string& name, const std::string& trace_tau, const double dt,
                 const double grid_step)
        : Cells<SIZE_>(name, dt), table(read_table(name))
    {
        pattern = constant(name + ".drive");
        kept = std::exp(-grid_step / constant(name + ".noise_tau"));
        spread = std::sqrt(1.0 - kept * kept) * constant(name + ".noise");
        value_decay = std::exp(-dt / constant(name + ".value_tau"));
        trace_decay = std::exp(-dt / constant(name + trace_tau));
        trace_jump = 1.0 / (constant(name + ".reference_rate") * constant(name + trace_tau));
        for (int i = 0; i < SIZE_; ++i)
            noise[i] = value[i] = trace[i] = drive[i] = 0.0;
    }
    void read(const size_t epoch, Random& random)
    {
        const double* level = &table[epoch * SIZE_];
        random.normal(fresh, SIZE_);
        for (int i = 0; i < SIZE_; ++i) {
            noise[i] = kept * noise[i] + spread * fresh[i];
            drive[i] = level[i] * pattern + noise[i];
        }
    }
    void step_currents(const bool has_input)
    {
        for (int i = 0; i < SIZE_; ++i)
            trace[i] *= trace_decay;
        if (!has_input)
            return;
        for (int i = 0; i < SIZE_; ++i) {
            this->current[i] = drive[i] + value[i];
            value[i] *= value_decay;
        }
    }
    void add_traces()
    {
        for (const int i : this->spikes.now)
            trace[i] += trace_jump;
    }
};

struct Network {
    const double dt, grid_step;
    Random random;
    PatternCells<INPUTS> input;
    PatternCells<OUTPUTS> output;
    Cells<SST> sst;
    Cells<SEPTUM> septum;

    // Hippocampal cells.
    alignas(64) double v[CELLS], dendrite[CELLS], key[CELLS], pv[CELLS], hazard[CELLS];
    alignas(64) double draw[CELLS], noise[CELLS], fresh[CELLS], limit[CELLS];
    alignas(64) int64_t ready[CELLS];
    double sst_conductance, released;
    Spikes spikes;

    // PV cells.
    double pv_v[PV], pv_hazard[PV], pv_draw[PV], pv_threshold[PV];
    int64_t pv_ready[PV];
    double excitation, sst_excitation;
    Spikes pv_spikes;

    // Efficacy of every synapse, a row for each presynaptic cell.
    Table keys, values, inhibition;
    Table acetylcholine_level;

    Network(const uint64_t seed, const double dt_, const double grid_step_)
        : dt(dt_), grid_step(grid_step_), random{seed << 36},
          input("entorhinal", ".eligibility_tau", dt_, grid_step_),
          output("cortical", ".trace_tau", dt_, grid_step_), sst("sst", dt_),
          septum("cholinergic", dt_), sst_conductance(0.0), released(0.0), excitation(0.0),
          sst_excitation(0.0), keys(read_table("keys", size_t(INPUTS) * CELLS)),
          values(read_table("values", size_t(CELLS) * OUTPUTS)), inhibition(size_t(PV) * CELLS),
          acetylcholine_level(read_table("acetylcholine"))
    {
        const Table adaptation = read_table("adaptation", CELLS);
        for (int i = 0; i < CELLS; ++i) {
            v[i] = dendrite[i] = constant("hippocampal.resting_voltage");
            key[i] = pv[i] = hazard[i] = noise[i] = 0.0;
            draw[i] = random.exponential();
            ready[i] = 0;
            limit[i] = constant("hippocampal.dendritic_threshold") + adaptation[i];
        }
        const double lowest = constant("pv.lowest_threshold");
        const double highest = constant("pv.highest_threshold");
        for (int i = 0; i < PV; ++i) {
            pv_v[i] = constant("pv.resting_voltage");
            pv_hazard[i] = 0.0;
            pv_draw[i] = random.exponential();
            pv_ready[i] = 0;
            pv_threshold[i] = lowest + (highest - lowest) * i / (PV - 1.0);
        }
        Table deviation(CELLS);
        const double key_jump =
            constant("keys.epsc") * charge_factor(constant("hippocampal.key_tau"), dt);
        for (int row = 0; row < INPUTS; ++row) {
            random.normal(deviation.data(), CELLS);
            for (int i = 0; i < CELLS; ++i)
                keys[size_t(row) * CELLS + i] *=
                    key_jump * (1.0 + constant_jitter_keys() * deviation[i]);
        }
        for (int row = 0; row < PV; ++row) {
            random.normal(deviation.data(), CELLS);
            for (int i = 0; i < CELLS; ++i)
                inhibition[size_t(row) * CELLS + i] =
                    constant_inhibition() * (1.0 + constant_jitter_pv() * deviation[i]);
        }
        const double value_jump =
            constant("values.epsc") * charge_factor(constant("cortical.value_tau"), dt);
        for (double& value : values)
            value *= value_jump;
    }

    static double constant_jitter_keys()
    {
        static const double found = constant("keys.jitter");
        return found;
    }
    static double constant_jitter_pv()
    {
        static const double found = constant("pv_inhibition.jitter");
        return found;
    }
    static double constant_inhibition()
    {
        static const double found = constant("pv.inhibition");
        return found;
    }

    void run(const Table& bounds)
    {
        const double capacitance = constant("hippocampal.capacitance");
        const double leak = constant("hippocampal.leak");
        const double coupling = constant("hippocampal.coupling");
        const double rest = constant("hippocampal.resting_voltage");
        const double gaba = constant("hippocampal.gaba_reversal");
        const double base = leak * rest + constant("hippocampal.bias");
        const double still = leak + coupling;
        const double rate = dt / capacitance;
        const double per_width = 1.0 / constant("hippocampal.escape_width");
        const double theta = constant("hippocampal.spike_threshold") * per_width;
        const double hazard_step = dt / constant("hippocampal.escape_tau");
        const double key_decay = std::exp(-dt / constant("hippocampal.key_tau"));
        const double pv_decay = std::exp(-dt / constant("hippocampal.pv_tau"));
        const double sst_decay = std::exp(-dt / constant("hippocampal.sst_tau"));
        const double release_decay = std::exp(-dt / constant("hippocampal.acetylcholine_tau"));
        const double quantum = constant("hippocampal.acetylcholine_quantum");
        const double key_suppression = constant("hippocampal.key_suppression");
        const double value_suppression = constant("hippocampal.value_suppression");
        const double reset = constant("hippocampal.reset_voltage");
        const int64_t silent = steps_in(constant("hippocampal.refractory_period"), dt);
        const double dendrite_capacitance = constant("hippocampal.dendrite_capacitance");
        const double dendrite_leak = constant("hippocampal.dendrite_leak");
        const double kept = std::exp(-grid_step / constant("hippocampal.dendrite_noise_tau"));
        const double spread =
            std::sqrt(1.0 - kept * kept) * constant("hippocampal.dendrite_noise");

        const double pv_leak = constant("pv.leak"), pv_rest = constant("pv.resting_voltage");
        const double pv_rate = dt / constant("pv.capacitance");
        const double pv_voltage_decay = std::exp(-pv_rate * pv_leak);
        const double pv_width = 1.0 / constant("pv.escape_width");
        const double pv_hazard_step = dt / constant("pv.escape_tau");
        const double pv_reset = constant("pv.reset_voltage");
        const int64_t pv_silent = steps_in(constant("pv.refractory_period"), dt);
        const double excitation_decay = std::exp(-dt / constant("pv.excitation_tau"));
        const double excitation_jump = constant("pv.excitation");
        const double sst_excitation_decay = std::exp(-dt / constant("sst.excitation_tau"));
        const double sst_jump = constant("sst.inhibition");
        const double septum_drive = constant("cholinergic.drive");

        const int64_t grid = std::llround(grid_step / dt);
        const int64_t last = std::llround(bounds.back() / dt);
        size_t epoch = 0;
        for (int64_t step = 0; step < last; ++step) {
            const double t = step * dt;
            if (step % grid == 0) {
                while (epoch + 2 < bounds.size() && t > bounds[epoch + 1] - 1e-9)
                    ++epoch;
                input.read(epoch, random);
                output.read(epoch, random);
                random.normal(fresh, CELLS);
                for (int i = 0; i < CELLS; ++i)
                    noise[i] = kept * noise[i] + spread * fresh[i];
                for (int i = 0; i < INPUTS; ++i)
                    input.current[i] = input.drive[i];
                for (int i = 0; i < SEPTUM; ++i)
                    septum.current[i] = acetylcholine_level[epoch] * septum_drive;
            }

            // The state, and who is over threshold.
            const double dendrite_total = coupling + dendrite_leak + sst_conductance;
            const double dendrite_decay = std::exp(-dt * dendrite_total / dendrite_capacitance);
            const double dendrite_base =
                (dendrite_leak * rest + sst_conductance * gaba) / dendrite_total;
            const double dendrite_pull = coupling / dendrite_total;
            int64_t fired = 0, plateau = 0;
            for (int i = 0; i < CELLS; ++i) {
                const double conductance = still + pv[i];
                const double current = base + coupling * dendrite[i] + pv[i] * gaba + key[i];
                const double target = current / conductance;
                const double ahead = v[i] + rate * (current - conductance * v[i]);
                double exponent = ahead * per_width - theta;
                exponent = exponent < -40.0 ? -40.0 : exponent;
                exponent = exponent > 8.0 ? 8.0 : exponent;
                const double grown = hazard[i] + hazard_step * std::exp(exponent);
                const double moved = target + (v[i] - target) * std::exp(-rate * conductance);
                const double pull = dendrite_base + dendrite_pull * v[i];
                const double far = pull + (dendrite[i] - pull) * dendrite_decay;
                const bool free = ready[i] <= step;
                v[i] = free ? moved : v[i];
                hazard[i] = grown;
                dendrite[i] = far;
                key[i] *= key_decay;
                pv[i] *= pv_decay;
                fired |= static_cast<int64_t>(free && grown > draw[i]);
                plateau |= static_cast<int64_t>(far + noise[i] > limit[i]);
            }
            if (plateau) {
                std::fprintf(stderr, "a plateau starts at %g s: not part of this loop\n", t);
                std::exit(4);
            }
            spikes.now.clear();
            if (fired)
                for (int i = 0; i < CELLS; ++i)
                    if (ready[i] <= step && hazard[i] > draw[i])
                        spikes.now.push_back(i);

            int64_t pv_fired = 0;
            for (int i = 0; i < PV; ++i) {
                const double target = pv_rest + excitation / pv_leak;
                const double ahead = pv_v[i] + pv_rate * pv_leak * (target - pv_v[i]);
                double exponent = (ahead - pv_threshold[i]) * pv_width;
                exponent = exponent < -40.0 ? -40.0 : exponent;
                exponent = exponent > 8.0 ? 8.0 : exponent;
                pv_hazard[i] += pv_hazard_step * std::exp(exponent);
                const double moved = target + (pv_v[i] - target) * pv_voltage_decay;
                const bool free = pv_ready[i] <= step;
                pv_v[i] = free ? moved : pv_v[i];
                pv_fired |= static_cast<int64_t>(free && pv_hazard[i] > pv_draw[i]);
            }
            pv_spikes.now.clear();
            if (pv_fired)
                for (int i = 0; i < PV; ++i)
                    if (pv_ready[i] <= step && pv_hazard[i] > pv_draw[i])
                        pv_spikes.now.push_back(i);

            input.step_currents(false);
            output.step_currents(true);
            for (int i = 0; i < SST; ++i)
                sst.current[i] = sst_excitation;
            input.advance(step);
            output.advance(step);
            sst.advance(step);
            septum.advance(step);
            excitation *= excitation_decay;
            sst_excitation *= sst_excitation_decay;
            sst_conductance *= sst_decay;
            released *= release_decay;

            input.spikes.record(t);
            output.spikes.record(t);
            sst.spikes.record(t);
            septum.spikes.record(t);
            spikes.record(t);
            pv_spikes.record(t);

            // The synapses.
            double acetylcholine = released / (1.0 + released);
            const double key_gain = 1.0 - key_suppression * acetylcholine;
            for (const int pre : input.spikes.now) {
                const double* __restrict row = &keys[size_t(pre) * CELLS];
                for (int i = 0; i < CELLS; ++i)
                    key[i] += key_gain * row[i];
            }
            excitation += excitation_jump * spikes.now.size();
            for (const int pre : pv_spikes.now) {
                const double* __restrict row = &inhibition[size_t(pre) * CELLS];
                for (int i = 0; i < CELLS; ++i)
                    pv[i] += row[i];
            }
            released += quantum * septum.spikes.now.size();
            sst_conductance += sst_jump * sst.spikes.now.size();
            acetylcholine = released / (1.0 + released);
            double value_gain = 1.0 - value_suppression * acetylcholine;
            value_gain = value_gain < 0.0 ? 0.0 : value_gain;
            for (const int pre : spikes.now) {
                const double* __restrict row = &values[size_t(pre) * OUTPUTS];
                for (int i = 0; i < OUTPUTS; ++i)
                    output.value[i] += value_gain * row[i];
            }

            // The resets.
            input.add_traces();
            output.add_traces();
            input.reset_spiked(step);
            output.reset_spiked(step);
            sst.reset_spiked(step);
            septum.reset_spiked(step);
            for (const int i : spikes.now) {
                v[i] = reset;
                hazard[i] = 0.0;
                draw[i] = random.exponential();
                ready[i] = step + silent;
            }
            for (const int i : pv_spikes.now) {
                pv_v[i] = pv_reset;
                pv_hazard[i] = 0.0;
                pv_draw[i] = random.exponential();
                pv_ready[i] = step + pv_silent;
            }
        }
    }
};

}  // namespace

int main(int count, char** arguments)
{
    if (count != 4)
        return 2;
    folder = arguments[1];
    std::ifstream file(folder + "/constants.txt");
    std::string name;
    double value;
    while (file >> name >> value)
        constants[name] = value;

    const Table bounds = read_table("epochs");
    static Network network(std::strtoull(arguments[2], nullptr, 10),
                           std::strtod(arguments[3], nullptr), constant("grid_step"));
    const std::clock_t start = std::clock();
    network.run(bounds);
    // The processor's time, which is what Brian2 reports of its programs.
    const double taken = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    std::printf("%.9f\n", taken);
    network.input.spikes.write("entorhinal");
    network.output.spikes.write("cortical");
    network.sst.spikes.write("sst");
    network.septum.spikes.write("cholinergic");
    network.spikes.write("hippocampal");
    network.pv_spikes.write("pv");
    return 0;
}
