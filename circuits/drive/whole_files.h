// Files that are read and written whole: anything else ends the program with a status and one line
// on standard error that says what went wrong. program.py knows the statuses.
#ifndef HIPPOKV_WHOLE_FILES_H
#define HIPPOKV_WHOLE_FILES_H

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

// What runs so seldom that it need not be fast, and is so long that it must compile soon.
#if defined(__clang__)
#define HIPPOKV_RARELY_RUN __attribute__((optnone))
#elif defined(__GNUC__)
#define HIPPOKV_RARELY_RUN __attribute__((optimize("O0")))
#else
#define HIPPOKV_RARELY_RUN
#endif

namespace hippokv {

enum Status { cannot_read = 3, cannot_write = 4, stopped_early = 5, called_wrongly = 6 };

[[noreturn]] inline void leave(const Status status, const std::string& words)
{
    std::fprintf(stderr, "%s\n", words.c_str());
    std::fflush(stderr);
    std::_Exit(status);
}

[[noreturn]] inline void leave_for(const Status status, const std::string& words)
{
    leave(status, words + ": " + std::strerror(errno));
}

// Two sums of the words of an array, the second weighted by place: any one bit changes both, and
// words that change places the second.
inline void add_up(const void* place, const size_t bytes, uint64_t& plain, uint64_t& weighted)
{
    plain = weighted = 0;
    const char* next = static_cast<const char*>(place);
    for (size_t done = 0, number = 1; done < bytes; done += 8, ++number) {
        uint64_t word = 0;
        std::memcpy(&word, next + done, bytes - done < 8 ? bytes - done : 8);
        plain += word;
        weighted += number*word;
    }
}

// Reads a file that must hold just so many bytes.
inline void read_whole(const std::string& path, void* place, const size_t bytes)
{
    const int file = ::open(path.c_str(), O_RDONLY);
    if (file < 0)
        leave_for(cannot_read, "cannot read " + path);
    struct stat about;
    if (::fstat(file, &about))
        leave_for(cannot_read, "cannot read " + path);
    if (static_cast<uint64_t>(about.st_size) != bytes)
        leave(cannot_read, "cannot read " + path + ": it has " + std::to_string(about.st_size)
              + " bytes and must have " + std::to_string(bytes));
    size_t done = 0;
    while (done < bytes) {
        const ssize_t count = ::read(file, static_cast<char*>(place) + done, bytes - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            leave_for(cannot_read, "cannot read " + path);
        if (count == 0)
            leave(cannot_read, "cannot read " + path + ": it was cut while it was read");
        done += static_cast<size_t>(count);
    }
    ::close(file);
}

// Reads a file whose content was known when this program was compiled.
inline void read_known(
    const std::string& path, void* place, const size_t bytes, const uint64_t plain, const uint64_t weighted)
{
    read_whole(path, place, bytes);
    uint64_t found, found_weighted;
    add_up(place, bytes, found, found_weighted);
    if (found != plain || found_weighted != weighted)
        leave(cannot_read, "cannot read " + path + ": its content has changed");
}

inline void write_whole(const std::string& path, const void* place, const size_t bytes)
{
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0)
        leave_for(cannot_write, "cannot write " + path);
    size_t done = 0;
    while (done < bytes) {
        const ssize_t count = ::write(file, static_cast<const char*>(place) + done, bytes - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            leave_for(cannot_write, "cannot write " + path);
        done += static_cast<size_t>(count);
    }
    // A disk that is far away may say only now that it is full.
    if (::close(file))
        leave_for(cannot_write, "cannot write " + path);
}

// What a run wrote: each array goes to a file of its own, and their numbers of elements to a closing
// file, without which nothing counts.
class Arrays
{
public:
    explicit Arrays(const std::string& folder_) : folder(folder_) {}

    template<class T> void write(const std::string& name, const T* place, const size_t count)
    {
        write_whole(folder + name, place, count*sizeof(T));
        counts += (counts.empty() ? "\"" : ", \"") + name + "\": " + std::to_string(count);
    }

    // Also tells the seconds that the time steps took.
    void close(const double steps_s) const
    {
        const std::string text = "{\"steps_s\": " + std::to_string(steps_s) + ", \"elements\": {" + counts + "}}\n";
        write_whole(folder + "arrays.json", text.data(), text.size());
    }

private:
    std::string folder;
    std::string counts;
};

}  // namespace hippokv

#endif
