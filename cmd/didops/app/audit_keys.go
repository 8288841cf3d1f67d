package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"didops/internal/audit"
	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/proof"
)

// errOtherKey says that what is signed is not by a key that is known.
var errOtherKey = errors.New("it is signed by another key than the one given; an older key of the log is known by a file of all of them (didops audit keys)")

// knownKeys returns the keys of a log as somebody knows them: one, or all in a
// file; nil where none is given.
func knownKeys(arg string) (proof.Keys, error) {
	arg = strings.TrimSpace(arg)
	if arg == "" {
		return nil, nil
	}
	one := proof.Keys{{Verifier: arg, Last: proof.Unbounded}}
	if proof.CheckKey(arg) == nil {
		return one, nil
	}
	if _, err := os.Stat(arg); err != nil {
		return one, nil //nolint:nilerr // what is no key either is nobody's
	}
	text, err := readProof(arg)
	if err != nil {
		return nil, err
	}
	keys, err := proof.ParsePublic(string(text))
	if err != nil {
		return nil, fault.New(fault.Invalid, "%s holds no keys of a log: %v", arg, err).WithField("--key").WithHint("didops audit keys prints them")
	}
	return keys, nil
}

// expect reports that the keys by which a log of so many entries is signed, the last
// by the present one, are not known from elsewhere: it is none of them as far as it
// goes, and none that follows, or what is known of older ones is not what is said of
// them.
func expect(known, by proof.Keys, size int64) error {
	if known == nil {
		return nil
	}
	if err := by.Agree(known); err != nil {
		return err
	}
	if key, ok := known.Find(by.Present()); ok {
		return key.Allows(size)
	}
	if _, follows := by.Find(known.Present()); follows {
		return nil
	}
	return errOtherKey
}

// keyed is the log of the configuration with its store, where it has a key file.
func (a *app) keyed() (*config.Config, audit.Log, error) {
	c, log, err := a.configuredLog()
	if err == nil && log.Keys == nil {
		err = audit.ErrUnsigned
	}
	return c, log, err
}

// printKeys prints what others know the keys of the log by.
func (a *app) printKeys(ctx context.Context) error {
	_, log, err := a.keyed()
	if err != nil {
		return err
	}
	head, err := log.Head(ctx)
	if err != nil {
		return err
	}
	if a.flags.JSON {
		return a.writeJSON(map[string]any{"key": head.Key, "changes": append([]string{}, head.Changes...)})
	}
	_, err = io.WriteString(a.Out, proof.PublicText(head.Key, head.Changes))
	return err
}

func (a *app) rotateKey(ctx context.Context) error {
	c, log, err := a.keyed()
	if err != nil {
		return err
	}
	by := a.operator(ctx)
	next, err := log.Keys.Rotate(ctx, log.Store, a.Now(), &by, exchangeOf(c))
	if err != nil {
		return err
	}
	if a.flags.JSON {
		return a.writeJSON(map[string]string{"key": next.Verifier()})
	}
	_, err = fmt.Fprintln(a.Out, "The trail is signed by "+next.Verifier()+" from now on.\n"+
		"Copy "+log.Keys.File+" to every other machine that shares the store: until then a didops there signs nothing, and is not ready.\n"+
		"Tell the key to who checks it, or the file that didops audit keys prints: the older key signs nothing more.\n"+
		"Links to enrol a passkey, and orders that wait, are to be made anew where passkeys are in use.")
	return err
}

// beginLog begins a new log in the place of one whose key is lost.
func (a *app) beginLog(ctx context.Context) error {
	c, log, err := a.keyed()
	if err != nil {
		return err
	}
	by := a.operator(ctx)
	next, err := log.Keys.Begin(ctx, log.Store, a.Now(), &by, exchangeOf(c), seenFile(log.Keys.File))
	if err != nil {
		return err
	}
	if a.flags.JSON {
		return a.writeJSON(map[string]string{"key": next.Verifier()})
	}
	_, err = fmt.Fprintln(a.Out, "A new log is begun over the same trail, signed by "+next.Verifier()+".\n"+
		"No head, receipt or passkey of before counts for it: tell those who keep heads, have receipts made anew, and enrol passkeys anew.\n"+
		"Copy "+log.Keys.File+" to every other machine that shares the store, and keep a copy elsewhere.\n"+
		"On those machines, move "+filepath.Base(seenFile(log.Keys.File))+" and "+filepath.Base(audit.SeenHead(log.Keys.File))+" out of the way, which are of the log of before.")
	return err
}

// notedHeads reads heads from a file, or takes the argument as the hash of an
// entry: what --head of "audit verify" may name. A head is by the key that is given
// or one of the same log, by that in the file, or by the log's own, each as far as it
// goes.
func (a *app) notedHeads(arg, key string) (hash string, heads []proof.Head, err error) {
	if checkHead(arg) == nil {
		return arg, nil, nil
	}
	if _, err := os.Stat(arg); err != nil {
		return "", nil, checkHead(arg)
	}
	text, err := readProof(arg)
	if err != nil {
		return "", nil, err
	}
	c, err := a.config()
	if err != nil {
		return "", nil, err
	}
	own, err := knownKeys(key)
	if err != nil {
		return "", nil, err
	}
	if keys, err := a.keyring(c); err == nil && keys != nil {
		if signer, err := keys.Peek(); err == nil && (own == nil || expect(own, signer.Keys(), 0) == nil) {
			own = signer.Keys()
		}
	}
	list, err := proof.ParseHeads(string(text), own.Names()...)
	for _, n := range list {
		by, known := own.Find(n.Key)
		switch {
		case known:
			err = errors.Join(err, by.Allows(n.Head.Size))
		case key != "":
			err = errors.Join(err, errOtherKey)
		}
		heads = append(heads, n.Head)
	}
	if err != nil {
		return "", nil, fault.New(fault.Invalid, "%s holds no head of the trail: %v", arg, err).WithField("--head")
	}
	return "", heads, nil
}
