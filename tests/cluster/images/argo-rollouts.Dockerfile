# The controller of Argo Rollouts.
FROM scratch
COPY rollouts-controller /
USER 65532:65532
ENTRYPOINT ["/rollouts-controller"]
