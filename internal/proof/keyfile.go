package proof

import "os"

// NextFile names the file, beside the one of a key, with the key that is to follow
// it.
func NextFile(file string) string { return file + ".next" }

// PrepareKey makes the key that follows the one in a file, beside it, where the log
// has so many entries. One that was prepared before, and never counted, is replaced.
func PrepareKey(old *Signer, file string, entries int64) (*Signer, error) {
	next, text, _, err := old.Next(entries)
	if err != nil {
		return nil, err
	}
	return next, Replace(NextFile(file), text)
}

// TakeKey puts the key that was prepared beside a file in its place.
func TakeKey(file string) error {
	if err := os.Rename(NextFile(file), file); err != nil {
		return unusable(file, err)
	}
	return nil
}
