package discord

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/bots/chat"
	"didops/bots/discord/gateway"
)

const (
	// idEpoch is the moment, in milliseconds, that ids of Discord count from,
	// and idShift the bits of an id below its time.
	idEpoch = 1_420_070_400_000
	idShift = 22

	// clockApart is how far the clock of Discord may be from ours.
	clockApart = 2 * time.Minute

	// mostPages is how many pages of a channel are read for a message: what is
	// further behind was deleted, or is of no use to anybody.
	mostPages = 10

	// fullPage is how many messages Discord gives at once.
	fullPage = 100
)

// idAt is an id as it would have been given at a moment.
func idAt(t time.Time) string {
	return strconv.FormatInt(max(0, t.UnixMilli()-idEpoch)<<idShift, 10)
}

// Find implements [chat.Port]. Where nothing of that time is found, the newest
// messages are looked through besides: clocks differ.
func (p port) Find(ctx context.Context, place string, since time.Time, foot string) (string, error) {
	found, after := "", idAt(since.Add(-clockApart))
	for range mostPages {
		page, err := p.Messages(ctx, place, after)
		if err != nil {
			return "", translated(err)
		}
		for _, m := range page {
			if m.Mine && footed(m.Foot, foot) {
				found = m.ID
			}
		}
		if found != "" && len(page) < fullPage || after == "" {
			return found, nil
		}
		if after = ""; len(page) == fullPage {
			after = page[len(page)-1].ID
		}
	}
	return found, nil
}

// Missing implements [chat.Port]. A page of the channel tells of many messages
// at once; what is not on it is asked for by itself, because without the
// permission to read the history a page is empty.
func (p port) Missing(ctx context.Context, place string, ids []string) ([]string, error) {
	ids = slices.SortedFunc(slices.Values(ids), gateway.CompareIDs)
	var missing []string
	for len(ids) > 0 {
		page, err := p.Messages(ctx, place, before(ids[0]))
		if err != nil {
			return missing, translated(err)
		}
		told := len(ids) // of how many ids the page tells
		if len(page) == fullPage {
			last := page[len(page)-1].ID
			told = 1 + slices.IndexFunc(append(slices.Clone(ids[1:]), ""), func(id string) bool { return id == "" || gateway.CompareIDs(id, last) > 0 })
		}
		for _, id := range ids[:told] {
			if slices.ContainsFunc(page, func(e gateway.Entry) bool { return e.ID == id }) {
				continue
			}
			switch err := p.Exists(ctx, place, id); {
			case errors.Is(err, gateway.ErrGone):
				missing = append(missing, id)
			case err != nil:
				return missing, translated(err)
			}
		}
		ids = ids[told:]
	}
	return missing, nil
}

// before is the id before one.
func before(id string) string {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil || n == 0 {
		return "0"
	}
	return strconv.FormatUint(n-1, 10)
}

// need is a permission and what people call it.
type need struct {
	bit  int64
	name string
}

// needs are the permissions without which a card can't be posted.
func needs() []need {
	return []need{
		{discordgo.PermissionViewChannel, "View Channel"},
		{discordgo.PermissionSendMessages, "Send Messages"},
		{discordgo.PermissionEmbedLinks, "Embed Links"},
		{discordgo.PermissionAttachFiles, "Attach Files"},
	}
}

// history is the permission without which cards that were deleted, or whose
// post was not answered, are not found.
func history() need { return need{discordgo.PermissionReadMessageHistory, "Read Message History"} }

// lacking names the permissions of those needed that are not there.
func lacking(may int64, needs []need) []string {
	var list []string
	for _, p := range needs {
		if may&p.bit == 0 {
			list = append(list, p.name)
		}
	}
	return list
}

// Check implements [chat.Port].
func (p port) Check(ctx context.Context, place string) error {
	return checkChannel(ctx, p.REST, place, p.guilds, needs())
}

// CheckChannel returns why messages can't be kept in a channel, as people can
// read it, or nil: the channel is not there or of another kind, or of a server
// where nobody is answered, or the bot lacks a permission. These errors wrap
// those of [chat]; any other means that it could not be found out.
func CheckChannel(ctx context.Context, rest gateway.REST, channel string, guilds []string) error {
	return checkChannel(ctx, rest, channel, guilds, append(needs(), history()))
}

func checkChannel(ctx context.Context, rest gateway.REST, channel string, guilds []string, wanted []need) error {
	a, err := rest.Access(ctx, channel)
	switch {
	case errors.Is(err, gateway.ErrForbidden):
		return &refusal{errors.New("the bot can't see it: it needs the permission View Channel"), chat.ErrForbidden}
	case errors.Is(err, gateway.ErrGone):
		return &refusal{errors.New("there is no such channel"), chat.ErrNoPlace}
	case err != nil:
		return translated(err)
	}
	if kind := unusable(a.Kind); kind != "" {
		return &refusal{fmt.Errorf("it is %s, where no messages can be posted: a text channel is needed", kind), chat.ErrForbidden}
	}
	if a.Guild == "" {
		return nil // what can be done there is not told
	}
	if !slices.Contains(guilds, a.Guild) {
		return &refusal{fmt.Errorf("it is of the server %s, which is none of guild_ids: nobody is answered there", a.Guild), chat.ErrForbidden}
	}
	if thread(a.Kind) {
		wanted[1] = need{discordgo.PermissionSendMessagesInThreads, "Send Messages in Threads"}
	}
	if list := lacking(a.Permissions, wanted); len(list) > 0 {
		return &refusal{fmt.Errorf("the bot needs the permission %s there", strings.Join(list, ", ")), chat.ErrForbidden}
	}
	return nil
}

func thread(k discordgo.ChannelType) bool {
	return k == discordgo.ChannelTypeGuildNewsThread || k == discordgo.ChannelTypeGuildPublicThread || k == discordgo.ChannelTypeGuildPrivateThread
}

// unusable names a kind of channel that takes no messages; "" for others.
func unusable(k discordgo.ChannelType) string {
	switch k { //nolint:exhaustive // all others take messages
	case discordgo.ChannelTypeDM, discordgo.ChannelTypeGroupDM:
		return "a direct message"
	case discordgo.ChannelTypeGuildCategory:
		return "a category"
	case discordgo.ChannelTypeGuildStore, discordgo.ChannelType(14):
		return "no text channel"
	case discordgo.ChannelTypeGuildForum:
		return "a forum"
	case discordgo.ChannelTypeGuildMedia:
		return "a media channel"
	}
	return ""
}
