package rollcall

// Scope is something an app may do.
type Scope string

// ScopeCampaignManagement covers every call of the contract.
const ScopeCampaignManagement Scope = "campaign_management"

// ParseScope reads a scope's name.
func ParseScope(s string) (Scope, error) {
	if Scope(s) == ScopeCampaignManagement {
		return ScopeCampaignManagement, nil
	}
	return "", Invalid("scope", `There is no scope "`+s+`"; the scopes are: `+string(ScopeCampaignManagement)+".")
}
