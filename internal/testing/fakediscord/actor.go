package fakediscord

// Actor is a person who uses the bot, and where.
type Actor struct {
	ID          string // of the user
	Name        string
	Roles       []string
	Guild       string // "" = the Fake's
	Channel     string // "" = the Fake's
	DM          bool   // in a direct message, without guild
	Permissions int64
	Bot         bool
}

// Options are the options of a slash command by name: string, int, bool and
// float64 values.
type Options map[string]any

func (f *Fake) place(a Actor) (guild, channel string) {
	guild, channel = a.Guild, a.Channel
	if guild == "" {
		guild = f.Guild
	}
	if channel == "" {
		channel = f.Channel
	}
	if a.DM {
		guild = ""
	}
	return guild, channel
}
