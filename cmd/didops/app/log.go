package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"didops/internal/audit"
	"didops/internal/config"
	"didops/internal/proof"
	"didops/internal/transaction"
)

// keyFile returns the file with the key of the log; "" where the store is no
// file that it could stand beside, and none is named. Each store has its own.
func (a *app) keyFile(c *config.Config) (string, error) {
	if c.Audit.KeyFile != "" {
		return c.Audit.KeyFile, nil
	}
	place, err := a.place(c)
	if err != nil || place.Path == "" {
		return "", err
	}
	dir, name := filepath.Split(place.Path)
	if name = strings.TrimSuffix(name, filepath.Ext(name)); name == "orders" {
		return dir + "audit.key", nil
	}
	return dir + name + "-audit.key", nil
}

// keyring returns what hands out the key of the log, the same for the same file; nil
// where no file is named for it. It makes none.
func (a *app) keyring(c *config.Config) (*audit.Keyring, error) {
	path, err := a.keyFile(c)
	if err != nil || path == "" {
		return nil, err
	}
	a.openMu.Lock()
	defer a.openMu.Unlock()
	if a.keyrings == nil {
		a.keyrings = map[string]*audit.Keyring{}
	}
	if a.keyrings[path] == nil {
		a.keyrings[path] = &audit.Keyring{File: path}
	}
	return a.keyrings[path], nil
}

// openKey says that others can read the key in a file.
func openKey(path string) string {
	return "others than its owner may read the key of the audit trail (" + path + "), and sign in its name: chmod 600"
}

// warnOfKey tells of a key that others can read, in the log of what serves.
func (a *app) warnOfKey(c *config.Config) {
	if path, err := a.keyFile(c); err == nil && path != "" && proof.OpenToOthers(path) {
		logger := a.log()
		logger.Warn().Msg(openKey(path))
	}
}

// trailLog is the trail as others check it, without a key where none is named.
func (a *app) trailLog(c *config.Config) (audit.Log, error) {
	kept, err := a.store(c)
	if err != nil {
		return audit.Log{}, err
	}
	keys, err := a.keyring(c)
	if err != nil || keys == nil {
		return audit.Log{Store: kept.Audit()}, err
	}
	return audit.Log{Store: kept.Audit(), Keys: keys, Seen: &proof.Witness{Path: audit.SeenHead(keys.File)}}, nil
}

// signs reports why the key of the log does not sign for the store. That there is
// none yet, nor a store, is fine.
func (a *app) signs(ctx context.Context, c *config.Config) error {
	log, err := a.trailLog(c)
	if err != nil || log.Keys == nil {
		return nil //nolint:nilerr // a store that can't be told is told where it is needed
	}
	err = log.Store.Read(ctx, func(tx audit.Tx) error {
		_, err := log.Keys.Signer(tx)
		return err
	})
	if errors.Is(err, audit.ErrNoKey) || errors.Is(err, transaction.ErrNone) {
		return nil
	}
	return err
}

// keyEvery is how often it is looked whether the key still signs.
const keyEvery = time.Minute

// addKey has what serves be ready only while its key signs for the store, and the
// log say why it does not: another machine may have changed it.
func (a *app) addKey(s *service, c *config.Config) {
	var mu sync.Mutex
	said := ""
	s.ready = append(s.ready, func(ctx context.Context) error {
		err := a.signs(ctx, c)
		if ctx.Err() != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		is := ""
		if err != nil {
			is = err.Error()
		}
		if logger := a.log(); is != said && err != nil {
			logger.Error().Err(err).Msg("the audit trail is not signed")
		} else if is != said {
			logger.Info().Msg("the audit trail is signed again")
		}
		said = is
		return err
	})
	look := s.ready[len(s.ready)-1]
	s.runs = append(s.runs, func(ctx context.Context) error {
		tick := time.NewTicker(keyEvery)
		defer tick.Stop()
		for {
			_ = look(ctx) // it is in the log
			select {
			case <-tick.C:
			case <-ctx.Done():
				return nil
			}
		}
	})
}

// signedHead returns what reads the signed head of the trail, with the key on a
// line before it, "" before there is any; nil where heads are not signed.
func (a *app) signedHead(c *config.Config) func(context.Context) (string, error) {
	if path, err := a.keyFile(c); err != nil || path == "" {
		return nil
	}
	return func(ctx context.Context) (string, error) {
		log, err := a.trailLog(c)
		if err != nil {
			return "", err
		}
		head, err := log.Head(ctx)
		if errors.Is(err, audit.ErrNoKey) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		return head.Key + "\n" + head.Note, nil
	}
}

// headsEvery is how often it is looked whether the head of a day is noted.
const headsEvery = 10 * time.Minute

// addHeads has the signed head added to the file of heads, once a day.
func (a *app) addHeads(s *service, c *config.Config) {
	sign := a.signedHead(c)
	if c.Audit.HeadsFile == "" || sign == nil {
		return
	}
	s.runs = append(s.runs, func(ctx context.Context) error {
		tick := time.NewTicker(headsEvery)
		defer tick.Stop()
		for day := ""; ; {
			today := a.Now().UTC().Format(time.DateOnly)
			if day != today {
				noted, err := noteHead(ctx, sign, c.Audit.HeadsFile)
				if err != nil {
					logger := a.log()
					logger.Error().Err(err).Msg("the head of the audit trail was not added to its file; it is tried again")
				}
				if noted {
					day = today
				}
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return nil
			}
		}
	})
}

// noteHead adds the signed head to a file, unless it is there, and reports whether
// it is there now: there may be none yet.
func noteHead(ctx context.Context, sign func(context.Context) (string, error), path string) (bool, error) {
	head, err := sign(ctx)
	if err != nil || head == "" {
		return false, err
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	if strings.Contains(string(text), head) {
		return true, nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return false, err
	}
	_, err = f.WriteString(head + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	return err == nil, err
}
