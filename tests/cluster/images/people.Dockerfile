# The application of the roll-out tests, and the load that is put on it.
FROM scratch
COPY app load /
USER 65532:65532
CMD ["/app"]
