//go:build tools

// Package tools pins the Helm client; it is never compiled itself.
package tools

import (
	_ "helm.sh/helm/v4/cmd/helm"
)
