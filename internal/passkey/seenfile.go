package passkey

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/proof"
)

const (
	// roomFor is how many bytes are kept free behind a state, for some 300 marks: a
	// file that stays as long as it is gets to the disk in a fraction of the time.
	roomFor = 64 << 10
	// apart is how many entries a mark may be ahead of the state before it. Whoever
	// starts has to read them.
	apart = 4096
)

// seenFile is the file of a ledger: a note with all that it has seen, as JSON, and
// behind that, in a space of empty lines, notes that say how far it has seen since.
// The state at the last of them is had by reading the trail from the first note on.
// Both kinds are signed by the key of the log. Where the power went while a mark was
// written the one before counts.
type seenFile struct {
	path string
	info fs.FileInfo // as the file was read or written last; nil: it was not
	seq  int64       // of the state in it
	to   mark        // how far it tells
	end  int64       // where the next mark goes; 0: what stands there was cut off
	last string      // what stands right before that
}

// forget has the file read again.
func (f *seenFile) forget() { f.info, f.to = nil, mark{} }

// changed reports whether the file is another than the one that was read or written
// last. [fs.ErrNotExist] is the error where there is none, any other is Unavailable.
func (f *seenFile) changed() (bool, error) {
	if f.path == "" {
		return false, nil
	}
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.forget()
		return false, fs.ErrNotExist
	case err != nil:
		return false, f.unreadable(err)
	case f.info == nil, f.end == 0, !os.SameFile(info, f.info), info.Size() != f.info.Size(), !info.ModTime().Equal(f.info.ModTime()):
		return true, nil
	}
	return f.marked()
}

// marked reports whether there is a mark where the next one would go: clocks of
// files don't tell writes apart that follow each other at once.
func (f *seenFile) marked() (bool, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return false, f.unreadable(err)
	}
	defer func() { _ = file.Close() }()
	var b [1]byte
	switch _, err = file.ReadAt(b[:], f.end); {
	case errors.Is(err, io.EOF):
		return false, nil
	case err != nil:
		return false, f.unreadable(err)
	}
	return b[0] != '\n', nil
}

func (f *seenFile) unreadable(err error) error {
	return fault.New(fault.Unavailable, "%s can't be read", f.path).WithCause(err)
}

// read returns how far the file tells, and the state in it unless that was read
// before. What the key did not sign is Forbidden.
func (f *seenFile) read(keys *audit.Keyring) (s *state, to mark, err error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, to, f.unreadable(err)
	}
	if f.info != nil && f.end > 0 && info.Size() == f.info.Size() {
		if to, ok := f.readOn(keys, info); ok {
			return nil, to, nil
		}
	}
	var said state
	var end int64
	var text []byte
	for try := 1; ; try++ {
		if text, err = os.ReadFile(f.path); err != nil {
			return nil, to, f.unreadable(err)
		}
		key, err := keys.Peek()
		if err != nil {
			return nil, to, err
		}
		if said, to, end, err = openSeen(string(text), key.Keys()); err == nil {
			break
		}
		if try == readings {
			return nil, to, fault.New(fault.Forbidden, "%s, where it is kept what was seen of the audit trail, was altered", f.path).WithCause(err).
				WithHint("look at the audit trail before you remove it, and stop every didops for that")
		}
	}
	f.info, f.seq, f.to, f.end, f.last = info, said.Seq, to, end, tail(string(text[:end]))
	return &said, to, nil
}

// readings is how often a file is read that does not make sense: it may be written
// just then.
const readings = 3

// tail returns the end of a signature, by which it is told from any other.
func tail(text string) string { return text[max(0, len(text)-64):] }

// readOn reads the marks that were written behind those which are known. Where it is
// another file, or they don't make sense, that is to be read as a whole.
func (f *seenFile) readOn(keys *audit.Keyring, info fs.FileInfo) (to mark, ok bool) {
	file, err := os.Open(f.path)
	if err != nil {
		return to, false
	}
	defer func() { _ = file.Close() }()
	from := f.end - int64(len(f.last))
	text, err := io.ReadAll(io.NewSectionReader(file, from, info.Size()-from))
	if err != nil || !strings.HasPrefix(string(text), f.last) {
		return to, false
	}
	key, err := keys.Peek()
	if err != nil {
		return to, false
	}
	marks, end, whole := lastMarks(string(text[len(f.last):]), f.end)
	if !whole {
		return to, false
	}
	to = f.to
	if len(marks) > 0 {
		if to, err = openMark(marks[0], key.Keys()); err != nil || to.Seq < f.to.Seq {
			return to, false
		}
		f.last = tail(marks[0])
	}
	f.info, f.to, f.end = info, to, end
	return to, true
}

// openSeen opens what a file holds. end is 0 where its last mark was cut off.
func openSeen(text string, keys proof.Keys) (s state, to mark, end int64, err error) {
	first, rest, ok := cutNote(text)
	if !ok {
		return s, to, 0, errors.New("it holds no note")
	}
	said, by, err := keys.Open(first)
	if err != nil {
		return s, to, 0, err
	}
	said, ok = strings.CutPrefix(said, seen)
	if err = json.Unmarshal([]byte(said), &s); !ok {
		err = errors.New("it is another note of the log")
	}
	if err = errors.Join(err, by.Allows(s.Seq)); err != nil {
		return s, to, 0, err
	}
	marks, end, whole := lastMarks(rest, int64(len(first)))
	for i, note := range marks {
		to, err = openMark(note, keys)
		if err == nil && to.Seq < s.Seq {
			err = errors.New("its mark is of before")
		}
		if err == nil {
			return s.made(), to, end, nil
		}
		if !whole || i > 0 {
			return s, to, 0, err
		}
		whole, end = false, 0
	}
	return s.made(), s.mark(), end, nil
}

// cutNote cuts a text behind its first note.
func cutNote(text string) (note, rest string, ok bool) {
	_, signature, ok := strings.Cut(text, "\n\n— ")
	line := strings.IndexByte(signature, '\n')
	if !ok || line < 0 {
		return "", text, false
	}
	n := len(text) - len(signature) + line + 1
	return text[:n], text[n:], true
}

// lastMarks returns the last two notes of a text that begins at an offset of its
// file, the last one first, and where the next one goes. What is no whole note at
// the end makes that 0, and the last one is not whole then.
func lastMarks(text string, at int64) (list []string, end int64, whole bool) {
	end = at
	for {
		note, rest, ok := cutNote(text)
		if !ok {
			break
		}
		end += int64(len(note))
		list = append([]string{note}, list[:min(len(list), 1)]...)
		text = rest
	}
	if strings.Trim(text, "\n") != "" {
		return list, 0, false
	}
	return list, end, true
}

// openMark opens a note that says how far was seen.
func openMark(note string, keys proof.Keys) (to mark, err error) {
	text, by, err := keys.Open(note)
	if err != nil {
		return to, err
	}
	text, ok := strings.CutPrefix(text, marked)
	if n, err := fmt.Sscanf(text, "%d %64s\n", &to.Seq, &to.Hash); err != nil || n != 2 || !ok {
		return to, errors.New("it is no mark")
	}
	return to, by.Allows(to.Seq)
}

// writing is what is to be written to the file.
type writing struct {
	to   mark
	note string
	at   int64 // where the mark goes; 0: the file is made anew
}

// add returns how a mark is written; nil where there is no room for it.
func (f *seenFile) add(key *proof.Signer, to mark) (*writing, error) {
	if f.info == nil || f.end == 0 || to.Seq-f.seq > apart {
		return nil, nil
	}
	note, err := key.Sign(fmt.Sprintf("%s%d %s\n", marked, to.Seq, to.Hash))
	if err != nil || f.end+int64(len(note)) > f.info.Size() {
		return nil, err
	}
	return &writing{to: to, note: note, at: f.end}, nil
}

// whole returns how a state is written.
func whole(key *proof.Signer, s state) (*writing, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	note, err := key.Sign(seen + string(text) + "\n")
	return &writing{to: s.mark(), note: note}, err
}

// write does it, and returns what the file is afterwards.
func (w *writing) write(path string) (fs.FileInfo, error) {
	if w.at == 0 {
		if err := replace(path, w.note, bytes.Repeat([]byte("\n"), roomFor)); err != nil {
			return nil, err
		}
		return os.Stat(path)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	_, err = file.WriteAt([]byte(w.note), w.at)
	err = errors.Join(err, file.Sync())
	info, err2 := file.Stat()
	return info, errors.Join(err, err2, file.Close())
}

// wrote takes note that it was done.
func (f *seenFile) wrote(w *writing, info fs.FileInfo) {
	f.info, f.to, f.end, f.last = info, w.to, w.at+int64(len(w.note)), tail(w.note)
	if w.at == 0 {
		f.seq = w.to.Seq
	}
}

// replace writes a file as a whole, for its owner only.
func replace(path, text string, room []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(append([]byte(text), room...))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	if folder, err := os.Open(filepath.Dir(path)); err == nil { // so that the old one is not back after a power failure
		_ = folder.Sync() // not every system can
		_ = folder.Close()
	}
	return nil
}
